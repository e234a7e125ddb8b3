{{/* What pods of all components share. */}}

{{/* The Pod Security Standard "restricted", and a little more. Values choose who, not whether. */}}
{{- define "arbex.podSecurityContext" -}}
runAsNonRoot: true
{{/* A null in a values file takes the key away: what is not there must not become 0. */}}
{{- range $name, $id := pick .Values.podSecurity "runAsUser" "runAsGroup" "fsGroup" }}
{{- if not (kindIs "invalid" $id) }}
{{ $name }}: {{ int64 $id }}
{{- end }}
{{- end }}
seccompProfile:
  {{- toYaml .Values.podSecurity.seccompProfile | nindent 2 }}
{{- end -}}

{{- define "arbex.containerSecurityContext" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where pods go, and what they are: (dict "root" $ "component" …). */}}
{{- define "arbex.scheduling" -}}
{{- $root := .root -}}
{{- $values := get .root.Values .component -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if not (kindIs "invalid" $root.Values.podSecurity.hostUsers) }}
hostUsers: {{ $root.Values.podSecurity.hostUsers }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $spread := $values.topologySpreadConstraints }}
{{- if kindIs "invalid" $spread }}
{{- $soft := dict "maxSkew" 1 "whenUnsatisfiable" "ScheduleAnyway" "matchLabelKeys" (list "pod-template-hash") }}
{{- $spread = list (merge (dict "topologyKey" "topology.kubernetes.io/zone") $soft) (merge (dict "topologyKey" "kubernetes.io/hostname") $soft) }}
{{- end }}
{{- with $spread }}
topologySpreadConstraints:
  {{- $selector := dict "labelSelector" (dict "matchLabels" (include "arbex.selector" $ | fromYaml)) }}
  {{- range . }}
  - {{ toYaml (merge (dict) . $selector) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* A probe on the admin port: (dict "path" … "chart" {numbers} "values" {numbers}). */}}
{{- define "arbex.probe" -}}
httpGet:
  path: {{ .path }}
  port: admin
{{ toYaml (merge (dict) (.values | default dict) .chart) }}
{{- end -}}

{{- define "arbex.probes" -}}
{{- $probes := .probes | default dict -}}
startupProbe:
  {{- include "arbex.probe" (dict "path" "/livez" "values" $probes.startup "chart" (dict "periodSeconds" 1 "timeoutSeconds" 2 "failureThreshold" 60)) | nindent 2 }}
livenessProbe:
  {{- include "arbex.probe" (dict "path" "/livez" "values" $probes.liveness "chart" (dict "periodSeconds" 10 "timeoutSeconds" 5 "failureThreshold" 6)) | nindent 2 }}
readinessProbe:
  {{- include "arbex.probe" (dict "path" "/readyz" "values" $probes.readiness "chart" (dict "periodSeconds" 5 "timeoutSeconds" 3 "failureThreshold" 2)) | nindent 2 }}
{{- end -}}

{{/* A PodDisruptionBudget: (dict "root" $ "component" … "name" …). */}}
{{- define "arbex.podDisruptionBudget" -}}
{{- $budget := (get .root.Values .component).podDisruptionBudget -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "arbex.labels" . | nindent 4 }}
spec:
  {{- if kindIs "invalid" $budget.minAvailable }}
  maxUnavailable: {{ $budget.maxUnavailable }}
  {{- else }}
  minAvailable: {{ $budget.minAvailable }}
  {{- end }}
  # A pod that is not ready serves nobody: it must not keep a node from being emptied.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "arbex.selector" . | nindent 6 }}
{{- end -}}
