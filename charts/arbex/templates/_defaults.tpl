{{/* Made by .ci/chart-check from docs/settings.md and docs/runner-settings.md: what holds when the values say nothing. */}}

{{- define "arbex.service.defaults" -}}
listen: "127.0.0.1:8080"
adminListen: "127.0.0.1:9090"
maxBodyMb: 64
maxInflightBodyMb: 512
maxConnections: 1024
drainGraceMs: 15000
idempotencyMb: 64
slots: 32
cacheMb: 64
maxOutputBytes: 16777216
maxMemoryMb: 640
inputOrigins: []
maxInputMb: 64
inputBudgetMb: 512
clusterBudgetMb: 256
{{- end -}}

{{- define "arbex.runner.defaults" -}}
maxTasks: 4
inputs: "url"
maxInlineMb: 16
drainGraceMs: 30000
adminListen: "127.0.0.1:9091"
{{- end -}}
