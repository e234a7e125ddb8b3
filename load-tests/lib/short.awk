# What each row of a scenario had of the processors, and what was short first: `awk -v processors=N -v scenario=NAME -f short.awk
# SAMPLES ROWS`, both as run.sh and plan.js write them.
FNR == NR { at[++count] = $1; service[count] = $2; generator[count] = $3; machine[count] = $4; busy[count] = $5; slots = $6; queue[count] = $7; next }
FNR == 1 {
  print "| | processors: service | generator | others | idle | slots busy, most | queue, most |"
  print "|---|---|---|---|---|---|---|"
}
{
  first = last = most_busy = most_waiting = 0
  for (i = 1; i <= count; i++) if ($2 <= at[i] && at[i] <= $3) {
    if (!first) first = i
    last = i
    if (most_busy < busy[i]) most_busy = busy[i]
    if (most_waiting < queue[i]) most_waiting = queue[i]
  }
  if (first == last) { printf "| %s | not looked at |\n", $1; next }
  seconds = at[last] - at[first]
  by_service = (service[last] - service[first]) / seconds
  by_generator = (generator[last] - generator[first]) / seconds
  by_all = (machine[last] - machine[first]) / seconds
  others = by_all - by_service - by_generator
  if (others < 0) others = 0
  idle = processors - by_all
  if (idle < 0) idle = 0
  printf "| %s | %.2f | %.2f | %.2f | %.2f | %d of %d | %d |\n", $1, by_service, by_generator, others, idle, most_busy, slots, most_waiting
  # The first row that is not served as it was offered.
  if (!found && ($5 < 0.97 * $4 || 0 < $6)) {
    found = 1
    row = sprintf("%s, %.0f of %.0f calls a second were served", $1, $5, $4)
    # Of each processor, a tenth is never used by anybody.
    if (idle < 0.1 * processors) short = sprintf("the processors: all %d were in use, %.2f by the service, %.2f by the generator, %.2f by others", processors, by_service, by_generator, others)
    else if (most_busy == slots) short = sprintf("the slots: all %d were taken, with %.2f processors idle; --slots raises them", slots, idle)
    else short = sprintf("neither processors (%.2f idle) nor slots (%d of %d): see the answers", idle, most_busy, slots)
  }
}
END {
  if (scenario == "saturation") print "what saturates first: " (found ? short " (" row ")" : "nothing at these rates: all were served")
}
