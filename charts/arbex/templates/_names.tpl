{{- define "arbex.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Leaves room for the longest suffix behind it. A release's name may have dots, a Service's may not. */}}
{{- define "arbex.fullname" -}}
{{- $name := include "arbex.name" . -}}
{{- $full := .Values.fullnameOverride | default (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) -}}
{{- $full | replace "." "-" | trunc 48 | trimSuffix "-" -}}
{{- end -}}

{{- define "arbex.runner.fullname" -}}
{{ include "arbex.fullname" . }}-runner
{{- end -}}

{{/* Of a component: (dict "root" $ "component" "service"). Never changed on a Deployment that exists. */}}
{{- define "arbex.selector" -}}
app.kubernetes.io/name: {{ include "arbex.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "arbex.labels" -}}
{{ include "arbex.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Of an image's values: (dict "image" .Values.image "tag" "used without one"). */}}
{{- define "arbex.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .tag }}
{{- end -}}
{{- end -}}

{{/* Of a component: its own account, the one that is named, or the namespace's default. */}}
{{- define "arbex.serviceAccountName" -}}
{{- $account := (get .root.Values .component).serviceAccount -}}
{{- $own := eq .component "runner" | ternary (include "arbex.runner.fullname" .root) (include "arbex.fullname" .root) -}}
{{- $account.name | default ($account.create | ternary $own "default") -}}
{{- end -}}

{{/* The Secret with the file of tokens; empty where there is none. */}}
{{- define "arbex.tokensSecret" -}}
{{- if .Values.auth.existingSecret.name -}}
{{ .Values.auth.existingSecret.name }}
{{- else if include "arbex.tokens" . -}}
{{ include "arbex.fullname" . }}-tokens
{{- end -}}
{{- end -}}

{{/* The file of tokens that the values make: one `name:sha256:capabilities` a line. */}}
{{- define "arbex.tokens" -}}
{{- range .Values.auth.tokens }}
{{ .name }}:{{ .sha256 }}:{{ join "," .capabilities }}
{{- end }}
{{- with .Values.runner }}
{{- if and .enabled .serviceToken.value (not $.Values.auth.existingSecret.name) }}
runner:{{ sha256sum .serviceToken.value }}:{{ join "," .serviceToken.capabilities }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Where one of the runner's tokens is, as a YAML object with `name` and `key`; empty where there is none. */}}
{{- define "arbex.runner.tokenSource" -}}
{{- $token := get .root.Values.runner .token -}}
{{- if $token.existingSecret.name -}}
name: {{ $token.existingSecret.name }}
key: {{ $token.existingSecret.key }}
{{- else if $token.value -}}
name: {{ include "arbex.runner.fullname" .root }}
key: {{ .token }}
{{- end -}}
{{- end -}}
