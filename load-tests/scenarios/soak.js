// Does it grow? A moderate load with attackers for LOAD_SECONDS (60; an hour or a night where it matters); resident memory may not.
import { call, plan, summary, turn } from '../lib/plan.js';
import { benign, hostile } from '../lib/requests.js';
export { setup, teardown, watch } from '../lib/plan.js';

const SECONDS = Number(__ENV.LOAD_SECONDS ?? 60);
const rows = [
  { name: 'benign', rate: Number(__ENV.LOAD_RATE ?? 50), seconds: SECONDS, inFlight: 100, p95: 150 },
  { name: 'hostile', rate: 1, seconds: SECONDS, exec: 'attack', p99: 5000 },
];
export const options = plan(rows, { resident_growth: [`value<${64 * 1024 * 1024}`] });
export const handleSummary = summary('soak', rows);

export default () => call(turn(benign));
export const attack = () => call(turn(hostile));
