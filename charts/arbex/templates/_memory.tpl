{{/*
Memory, in MiB, so that the kernel never has to kill: each term is a bound that the process keeps, or what it was seen to take.
README.md ("Memory") has the same table in words.
*/}}

{{/* What the service takes beside its sandboxes: a YAML object, one member a term. */}}
{{- define "arbex.service.memoryTerms" -}}
{{- $settings := include "arbex.service.inForce" . | fromYaml -}}
{{- $slots := int64 $settings.slots -}}
{{/* Code, threads, the parser of TypeScript, metrics: 22 MiB were measured. */}}
process: 64
{{/* A warm memory (2 MiB), a fiber's stack (1.5 MiB), console and replies. */}}
slots: {{ mul 4 $slots }}
{{/* Buffers: 64 KiB each. */}}
connections: {{ div (add (int64 $settings.maxConnections) 15) 16 }}
programs: {{ int64 $settings.cacheMb }}
{{/* A body, and what was decoded from it; in the service, a largest body over the room for all raises that room. */}}
bodies: {{ mul 2 (max (int64 $settings.maxInflightBodyMb) (int64 $settings.maxBodyMb)) }}
{{/* An output of one more slot: its text, its normal form (twice as long), the envelope that holds it. */}}
answers: {{ mul 4 $slots (div (add (int64 $settings.maxOutputBytes) 1048575) 1048576) }}
{{- if hasKey $settings "idempotencyMb" }}
keptAnswers: {{ int64 $settings.idempotencyMb }}
{{- end }}
{{- if $settings.inputOrigins }}
{{/* What is kept, and copies that pass: one for each thread. */}}
inputs: {{ add (max (int64 $settings.inputBudgetMb) (int64 $settings.maxInputMb)) (mul (include "arbex.workerThreads" . | int64) (int64 $settings.maxInputMb)) }}
{{- end }}
{{- if and .Values.clusterReads.enabled (hasKey $settings "clusterBudgetMb") }}
{{/* Answers of the API server; the summaries that scripts get are made beside them. */}}
clusterReads: {{ mul 2 (int64 $settings.clusterBudgetMb) }}
{{- end }}
{{- end -}}

{{/* Memory of the service: { otherMb, budgetMb, limitMb, requestMb, terms }. Fails where it does not fit. */}}
{{- define "arbex.service.memory" -}}
{{- $settings := include "arbex.service.inForce" . | fromYaml -}}
{{- $terms := include "arbex.service.memoryTerms" . | fromYaml -}}
{{- $other := 0 -}}
{{- $words := list -}}
{{- range $name, $mb := $terms -}}
{{- $other = add $other (int64 $mb) -}}
{{- $words = append $words (printf "%s %d" $name (int64 $mb)) -}}
{{- end -}}
{{- $percent := add 100 (int64 .Values.service.memory.headroomPercent) -}}
{{- $words = printf "%s; and %d %% of it all for the allocator" (join ", " $words) (int64 .Values.service.memory.headroomPercent) -}}
{{- $run := int64 $settings.maxMemoryMb -}}
{{- $budget := 0 -}}
{{- $limit := 0 -}}
{{- $given := .Values.service.resources.limits.memory -}}
{{- if $given -}}{{- $limit = include "arbex.mb" $given | int64 -}}{{- end -}}
{{- if hasKey $settings "memoryBudgetMb" -}}
{{- $budget = int64 $settings.memoryBudgetMb -}}
{{- else if $given -}}
{{- $budget = sub (div (mul $limit 100) $percent) $other -}}
{{- if lt $budget $run -}}
{{- fail (printf "service.resources.limits.memory: %s leaves %d MiB for sandboxes, but one run may have %d (service.settings.maxMemoryMb). The rest is for: %s. At least %dMi does, or lower these settings" $given $budget $run $words (include "arbex.limitFor" (list $run $other $percent) | int64)) -}}
{{- end -}}
{{- else -}}
{{- $budget = max $run (mul (int64 $settings.slots) (int64 .Values.service.memory.perSlotMb)) -}}
{{- end -}}
{{- $needed := include "arbex.limitFor" (list $budget $other $percent) | int64 -}}
{{- if not $given -}}
{{- $limit = $needed -}}
{{- else if lt $limit $needed -}}
{{- fail (printf "service.resources.limits.memory: %s is less than the %d MiB that service.settings.memoryBudgetMb (%d) and the rest may take: %s. Raise the limit or leave the budget out" $given $needed $budget $words) -}}
{{- end -}}
{{- if lt $budget $run -}}
{{- fail (printf "service.settings.memoryBudgetMb: %d is less than one run may have (service.settings.maxMemoryMb, %d MiB)" $budget $run) -}}
{{- end -}}
{{- dict "otherMb" $other "budgetMb" $budget "limitMb" $limit "terms" $words | toYaml -}}
{{- end -}}

{{/* The limit for a budget, what is beside it, and percent: a list of the three. */}}
{{- define "arbex.limitFor" -}}
{{- div (add (mul (add (index . 0) (index . 1)) (index . 2)) 99) 100 -}}
{{- end -}}

{{/* Memory of the runner: what of a task it holds at once, for each. */}}
{{- define "arbex.runner.memory" -}}
{{- $settings := include "arbex.runner.inForce" . | fromYaml -}}
{{- $service := include "arbex.service.inForce" . | fromYaml -}}
{{/* Inline inputs as bytes, as base64 and in the request; an answer is an output in normal form, read, and made into a document. */}}
{{- $task := add (mul 3 (int64 $settings.maxInlineMb)) (mul 6 (div (add (int64 $service.maxOutputBytes) 1048575) 1048576)) -}}
{{- $percent := add 100 (int64 .Values.runner.memory.headroomPercent) -}}
{{- $needed := include "arbex.limitFor" (list 48 (mul (int64 $settings.maxTasks) $task) $percent) | int64 -}}
{{- $given := .Values.runner.resources.limits.memory -}}
{{- if $given -}}
{{- if lt (include "arbex.mb" $given | int64) $needed -}}
{{- fail (printf "runner.resources.limits.memory: %s is less than the %d MiB that %d tasks (runner.settings.maxTasks) of %d MiB may take; lower maxTasks or maxInlineMb, or raise it" $given $needed (int64 $settings.maxTasks) $task) -}}
{{- end -}}
{{- $needed = include "arbex.mb" $given | int64 -}}
{{- end -}}
limitMb: {{ $needed }}
{{- end -}}

{{/* MiB of a quantity in Mi or Gi; the schema lets no other through. */}}
{{- define "arbex.mb" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- hasSuffix "Gi" . | ternary (mul 1024 $number) $number -}}
{{- end -}}

{{/*
Threads of a pod of the service: said, or its CPU limit in whole ones, or four. Told to the service in any case: left to itself it
would count the node's processors, which nobody knows here, and memory depends on them.
*/}}
{{- define "arbex.workerThreads" -}}
{{- $limit := .Values.service.resources.limits.cpu | default "" | toString -}}
{{- with .Values.service.settings.workerThreads -}}
{{ int64 . }}
{{- else -}}
{{- if hasSuffix "m" $limit -}}
{{ max 1 (div (trimSuffix "m" $limit | int64) 1000) | min 1024 }}
{{- else if $limit -}}
{{ max 1 (floor (float64 $limit) | int64) | min 1024 }}
{{- else -}}
4
{{- end -}}
{{- end -}}
{{- end -}}

{{/* `resources` of a container: (dict "resources" … "limitMb" …). A request below the limit would let the node promise it twice. */}}
{{- define "arbex.resources" -}}
{{- $memory := printf "%dMi" (int64 .limitMb) -}}
requests:
  {{- toYaml (merge (dict) (.resources.requests | default dict) (dict "memory" $memory)) | nindent 2 }}
limits:
  {{- toYaml (mergeOverwrite (dict) (.resources.limits | default dict) (dict "memory" $memory)) | nindent 2 }}
{{- end -}}
