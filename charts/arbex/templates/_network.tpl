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
