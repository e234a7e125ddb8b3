{{/* A file of the chart: (dict "root" $ "path" …). A missing one is told instead of giving an empty object. */}}
{{- define "arbex.file" -}}
{{- $text := .root.Files.Get .path -}}
{{- if not $text -}}{{- fail (printf "%s is not in this chart" .path) -}}{{- end -}}
{{- $text -}}
{{- end -}}
