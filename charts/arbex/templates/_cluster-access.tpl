{{/*
What the service asks of the API server, whatever the values: the list of docs/cluster-access.md, grouped.
.ci/chart-check compares the two. `with` says which value grants it: `reads` (clusterReads.enabled, in each namespace),
`clusterWide` (clusterReads.clusterWide, in a ClusterRole), `exec` (clusterReads.exec, in each namespace).
*/}}
{{- define "arbex.clusterAccess" -}}
- { with: reads, apiGroups: [""], resources: [persistentvolumeclaims, pods, services], verbs: [list] }
- { with: reads, apiGroups: [apps], resources: [deployments, statefulsets], verbs: [list] }
- { with: reads, apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [list] }
- { with: reads, apiGroups: [metrics.k8s.io], resources: [pods], verbs: [list] }
- { with: clusterWide, apiGroups: [""], resources: [namespaces, nodes], verbs: [list] }
- { with: exec, apiGroups: [""], resources: [pods], verbs: [get] }
- { with: exec, apiGroups: [""], resources: [pods/exec], verbs: [create, get] }
{{- end -}}

{{/* Rules of a role: (dict "with" (list "reads" …)). */}}
{{- define "arbex.rules" -}}
{{- $with := .with -}}
{{- range $rule := include "arbex.clusterAccess" . | fromYamlArray }}
{{- if has $rule.with $with }}
- {{ omit $rule "with" | toYaml | nindent 2 | trim }}
{{- end }}
{{- end }}
{{- end -}}
