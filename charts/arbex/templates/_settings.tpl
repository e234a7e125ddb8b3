{{/*
Settings: what the values say over what the binaries do by themselves (_defaults.tpl, generated). The objects that come out are
YAML, for fromYaml.
*/}}

{{/* What is in force in the service, as far as this chart computes with it. */}}
{{- define "arbex.service.inForce" -}}
{{- mergeOverwrite (include "arbex.service.defaults" . | fromYaml) (include "arbex.given" .Values.service.settings | fromYaml) | toYaml -}}
{{- end -}}

{{- define "arbex.runner.inForce" -}}
{{- mergeOverwrite (include "arbex.runner.defaults" . | fromYaml) (include "arbex.given" .Values.runner.settings | fromYaml) | toYaml -}}
{{- end -}}

{{/* Settings that have a value: `null` is how one takes a setting of the chart back. */}}
{{- define "arbex.given" -}}
{{- range $name, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{ $name }}: {{ toJson $value }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A setting as a variable's text. Helm reads numbers as floats: 100000000000 must not become 1e+11. */}}
{{- define "arbex.text" -}}
{{- if kindIs "slice" . -}}
{{ join "," . }}
{{- else if kindIs "float64" . -}}
{{ int64 . }}
{{- else -}}
{{ toString . }}
{{- end -}}
{{- end -}}

{{/* Variables of settings: (dict "prefix" "ARBEX_" "settings" …). */}}
{{- define "arbex.variables" -}}
{{- $prefix := .prefix -}}
{{- range $name, $value := .settings }}
{{- if not (kindIs "invalid" $value) }}
{{ $prefix }}{{ snakecase $name | upper }}: {{ include "arbex.text" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the service's ConfigMap holds. */}}
{{- define "arbex.service.variables" -}}
{{- $settings := omit .Values.service.settings "memoryBudgetMb" -}}
{{- $_ := set $settings "memoryBudgetMb" (include "arbex.service.memory" . | fromYaml).budgetMb -}}
{{- $_ := set $settings "workerThreads" (include "arbex.workerThreads" .) -}}
{{- if .Values.auth.allowAnonymous -}}
{{- $_ := set $settings "allowAnonymous" true -}}
{{- $_ := set $settings "anonymousCapabilities" (.Values.auth.anonymousCapabilities | default (list "none")) -}}
{{- end -}}
{{- if include "arbex.tokensSecret" . -}}
{{- $_ := set $settings "tokensFile" "/etc/arbex/tokens/tokens" -}}
{{- end -}}
{{- with .Values.clusterReads -}}
{{- if .enabled -}}
{{- $_ := set $settings "clusterReads" (ternary "all" "namespaced" .clusterWide) -}}
{{- $_ := set $settings "clusterExec" .exec -}}
{{- $_ := set $settings "clusterNamespaces" (.namespaces | default (list "own")) -}}
{{- end -}}
{{- end -}}
{{- include "arbex.variables" (dict "prefix" "ARBEX_" "settings" $settings) -}}
{{- include "arbex.tracing.variables" (dict "prefix" "ARBEX_" "tracing" .Values.tracing) -}}
{{- end -}}

{{/* What both ConfigMaps hold of traces: (dict "prefix" "ARBEX_" "tracing" …). The sampler is the standard's, and so are its variables. */}}
{{- define "arbex.tracing.variables" -}}
{{- if .tracing.otlpEndpoint }}
{{ .prefix }}OTLP_ENDPOINT: {{ .tracing.otlpEndpoint | quote }}
{{- if not (kindIs "invalid" .tracing.sampleRatio) }}
OTEL_TRACES_SAMPLER: parentbased_traceidratio
OTEL_TRACES_SAMPLER_ARG: {{ toString .tracing.sampleRatio | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the runner's ConfigMap holds. */}}
{{- define "arbex.runner.variables" -}}
CORE_API_URL: {{ .Values.runner.coreUrl | quote }}
{{- if not .Values.runner.settings.serviceUrl }}
ARBEX_RUNNER_SERVICE_URL: {{ printf "http://%s:%d" (include "arbex.fullname" .) (int64 .Values.service.expose.port) | quote }}
{{- end }}
{{- include "arbex.variables" (dict "prefix" "ARBEX_RUNNER_" "settings" .Values.runner.settings) -}}
{{- include "arbex.tracing.variables" (dict "prefix" "ARBEX_RUNNER_" "tracing" .Values.tracing) -}}
{{- end -}}

{{/* The port of an address such as 0.0.0.0:8080 or [::]:8080. */}}
{{- define "arbex.port" -}}
{{ regexFind "[0-9]+$" . }}
{{- end -}}

{{/* Seconds that a pod of the service may take to stop: the pause, the drain, and some to close what is open. */}}
{{- define "arbex.service.stopSeconds" -}}
{{- $settings := include "arbex.service.inForce" . | fromYaml -}}
{{ add (int64 .Values.service.preStopSeconds) (div (add (int64 $settings.drainGraceMs) 999) 1000) 10 }}
{{- end -}}

{{- define "arbex.runner.stopSeconds" -}}
{{- $settings := include "arbex.runner.inForce" . | fromYaml -}}
{{ add (div (add (int64 $settings.drainGraceMs) 999) 1000) 10 }}
{{- end -}}
