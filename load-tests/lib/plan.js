// What all scenarios share: how a row of the plan becomes a scenario of k6, how one call is made and judged, what is watched
// meanwhile, and the table at the end.

import http from 'k6/http';
import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter, Gauge, Trend } from 'k6/metrics';

import { REASONS, benign } from './requests.js';

const BASE = __ENV.BASE_URL;
const MAX_IN_FLIGHT = 1000;
const MIB = 1024 * 1024;

// Counters of a closed set, so that the table can list them: k6 shows no values of tags.
const ANSWERS = ['none', ...REASONS, 'http_400', 'http_408', 'http_413', 'http_422', 'http_500', 'http_503', 'http_other', 'no_answer'];
const answers = Object.fromEntries(ANSWERS.map(name => [name, new Counter(`answer_${name}`)]));
/** Neither what was expected nor turned away where that may be. */
const unexpected = new Counter('unexpected');
const turnedAway = new Counter('turned_away');
/** Time of calls that were run, in ms: a refusal is quick and would make the others look so. */
const served = new Trend('served', true);

const WATCHED = ['arbex_slots', 'arbex_slots_busy', 'arbex_queue_length', 'arbex_memory_in_use_bytes', 'arbex_resident_memory_bytes'];
const watched = Object.fromEntries(WATCHED.map(name => [name, new Trend(name)]));
const residentBefore = new Gauge('resident_before');
const residentAfter = new Gauge('resident_after');
const residentGrowth = new Gauge('resident_growth');
// When the first calls were made, in ms since 1970: the rows' times are told from there.
const began = new Gauge('began_ms');

/**
 * The options of k6 for the rows of a plan. A row: `name`, `seconds`, `start` (seconds after the begin), and `rate` (calls a
 * second, whatever the answers take: an open model) or `stages` of such rates; `exec`, the function that makes the calls. Its
 * promises: `p95`, `p99` in ms, `turnedAway: true` where 503 is an answer to be expected.
 */
export function plan(rows, thresholds = {}) {
  const scenarios = {};
  for (const row of rows) {
    const common = { exec: row.exec ?? 'default', startTime: `${row.start ?? 0}s`, preAllocatedVUs: row.inFlight ?? 50, maxVUs: MAX_IN_FLIGHT, gracefulStop: '10s' };
    scenarios[row.name] = row.stages
      ? { executor: 'ramping-arrival-rate', startRate: row.stages[0].target, stages: row.stages, ...common }
      : { executor: 'constant-arrival-rate', rate: row.rate, duration: `${row.seconds}s`, ...common };
    const of = `{scenario:${row.name}}`;
    thresholds[`served${of}`] = [row.p95 && `p(95)<${row.p95}`, row.p99 && `p(99)<${row.p99}`].filter(Boolean);
    thresholds[`unexpected${of}`] = ['count==0'];
    thresholds[`turned_away${of}`] = row.turnedAway ? [] : ['count==0'];
    thresholds[`iterations${of}`] = [];
    // A call that the generator could not make in time is a hole in the measurement, unless the service is to be overrun.
    thresholds[`dropped_iterations${of}`] = row.turnedAway ? [] : ['count==0'];
  }
  const seconds = Math.max(...rows.map(end));
  scenarios.watch = { executor: 'constant-arrival-rate', rate: 2, duration: `${seconds}s`, preAllocatedVUs: 2, maxVUs: 10, exec: 'watch' };
  return { scenarios, thresholds, summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'avg', 'count'], discardResponseBodies: false };
}

function end(row) {
  return (row.start ?? 0) + (row.seconds ?? row.stages.reduce((sum, stage) => sum + parseInt(stage.duration, 10), 0));
}

/** One after the other, whichever virtual user is at it. */
export function turn(requests) {
  return requests[exec.scenario.iterationInTest % requests.length];
}

let warned = false;

/** One call, judged. */
export function call(request, mayBeTurnedAway = false) {
  const response = http.post(`${BASE}/execute`, request.body, { headers: { 'Content-Type': 'application/json' }, timeout: '30s' });
  const answer = answerOf(response);
  answers[answer].add(1);
  if (answer === 'http_503') turnedAway.add(1);
  else if (response.status === 200) served.add(response.timings.duration);
  if (answer !== request.reason && !(mayBeTurnedAway && answer === 'http_503')) {
    unexpected.add(1);
    if (!warned) console.warn(`${request.name}: ${answer} instead of ${request.reason}: ${String(response.body).slice(0, 200)}`);
    warned = true;
  }
}

function answerOf(response) {
  if (response.status === 200) {
    // Not parsed: the generator shares the machine with the service.
    if (response.body.includes('"status":"SUCCESS"')) return 'none';
    const reason = /"reason":"([a-z_]+)"/.exec(response.body);
    return reason && answers[reason[1]] ? reason[1] : 'http_other';
  }
  if (response.status === 0) return 'no_answer';
  return answers[`http_${response.status}`] ? `http_${response.status}` : 'http_other';
}

function gauges() {
  const text = http.get(`${BASE}/metrics`).body ?? '';
  return Object.fromEntries(WATCHED.map(name => [name, Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? NaN)]));
}

/** Looks at the service's own gauges, twice a second. */
export function watch() {
  for (const [name, value] of Object.entries(gauges())) if (!Number.isNaN(value)) watched[name].add(value);
}

/** Fills caches and pools, so that the first seconds are like the others. */
export function setup() {
  for (let i = 0; i < 20; i += 1) for (const request of benign) http.post(`${BASE}/execute`, request.body, { headers: { 'Content-Type': 'application/json' } });
  const before = gauges().arbex_resident_memory_bytes;
  residentBefore.add(before);
  began.add(Date.now());
  return { before };
}

export function teardown({ before }) {
  sleep(2);
  const after = gauges().arbex_resident_memory_bytes;
  residentAfter.add(after);
  residentGrowth.add(after - before);
}

/** The table, as Markdown, and what was promised and not kept. */
export function summary(title, rows) {
  return data => {
    const value = (metric, key) => data.metrics[metric]?.values?.[key] ?? 0;
    const ms = number => (number >= 100 ? number.toFixed(0) : number.toFixed(1));
    const lines = [`### ${title}`, '', '| | offered/s | sent/s | served/s | p50 ms | p95 ms | p99 ms | max ms | turned away | unexpected |', '|---|---|---|---|---|---|---|---|---|---|'];
    for (const row of rows) {
      const of = `{scenario:${row.name}}`;
      const seconds = end(row) - (row.start ?? 0);
      const sent = value(`iterations${of}`, 'count');
      const a_second = count => (count / seconds).toFixed(count / seconds >= 100 ? 0 : 1);
      const times = ['med', 'p(95)', 'p(99)', 'max'].map(key => ms(value(`served${of}`, key)));
      const cells = [row.name, a_second(sent + value(`dropped_iterations${of}`, 'count')), a_second(sent), a_second(value(`served${of}`, 'count')), ...times,
        value(`turned_away${of}`, 'count'), value(`unexpected${of}`, 'count')];
      lines.push(`| ${cells.join(' | ')} |`);
    }
    const counted = ANSWERS.map(name => [name, value(`answer_${name}`, 'count')]).filter(([, count]) => count > 0);
    lines.push('', `answers: ${counted.map(([name, count]) => `${name === 'none' ? 'SUCCESS' : name} ${count}`).join(', ')}`);
    const of = (name, unit = 1) => `${(value(name, 'avg') / unit).toFixed(1)} on average, at most ${(value(name, 'max') / unit).toFixed(1)}`;
    lines.push(`slots busy: ${of('arbex_slots_busy')}, of ${value('arbex_slots', 'max')}; queue: ${of('arbex_queue_length')}`);
    lines.push(`memory of sandboxes: ${of('arbex_memory_in_use_bytes', MIB)} MiB; resident: ${(value('resident_before', 'value') / MIB).toFixed(0)} MiB before, `
      + `at most ${(value('arbex_resident_memory_bytes', 'max') / MIB).toFixed(0)}, ${(value('resident_after', 'value') / MIB).toFixed(0)} after`);
    // For run.sh, which has watched the processors meanwhile: from and to in seconds since 1970, offered, served, turned away.
    const table = rows.map(row => {
      const of = `{scenario:${row.name}}`;
      const from = value('began_ms', 'value') / 1000 + (row.start ?? 0);
      const seconds = end(row) - (row.start ?? 0);
      const offered = (value(`iterations${of}`, 'count') + value(`dropped_iterations${of}`, 'count')) / seconds;
      return [row.name, from, from + seconds, offered, value(`served${of}`, 'count') / seconds, value(`turned_away${of}`, 'count')].join(' ');
    });
    const broken = Object.entries(data.metrics).flatMap(([name, metric]) => Object.entries(metric.thresholds ?? {})
      .filter(([, threshold]) => !threshold.ok).map(([promise]) => `${name} ${promise}`));
    lines.push(broken.length === 0 ? 'thresholds: all kept' : `thresholds: NOT kept: ${broken.join('; ')}`, '');
    return { stdout: `${lines.join('\n')}\n`, ...(__ENV.ROWS && { [__ENV.ROWS]: `${table.join('\n')}\n` }) };
  };
}
