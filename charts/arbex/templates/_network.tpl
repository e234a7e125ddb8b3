{{/* The rule that lets names be looked up, of networkPolicy's values. */}}
{{- define "arbex.dnsRule" -}}
{{- with .dns -}}
- to:
    {{- toYaml . | nindent 4 }}
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}
{{- end -}}

{{/* The rule that lets spans get to their collector, of tracing's values: a list, for fromYamlArray. */}}
{{- define "arbex.collectorRules" -}}
{{- if .otlpEndpoint -}}
{{- $authority := (urlParse .otlpEndpoint).host -}}
{{- $port := regexFind ":[0-9]+$" $authority | trimPrefix ":" | default (hasPrefix "https:" .otlpEndpoint | ternary "443" "80") -}}
- ports:
    - port: {{ $port }}
      protocol: TCP
  {{- with .collectors }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- else -}}
[]
{{- end -}}
{{- end -}}
