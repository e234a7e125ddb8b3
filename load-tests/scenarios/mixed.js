// Do attackers hurt their neighbours? Benign calls with a bound of their own, beside an endless loop, a memory bomb, deep recursion, a
// flood of the console and a regular expression that backtracks.
import { call, plan, summary, turn } from '../lib/plan.js';
import { benign, hostile } from '../lib/requests.js';
export { setup, teardown, watch } from '../lib/plan.js';

const SECONDS = Number(__ENV.LOAD_SECONDS ?? 30);
const rows = [
  { name: 'benign', rate: 50, seconds: SECONDS, inFlight: 100, p95: 150, p99: 500 },
  { name: 'hostile', rate: 5, seconds: SECONDS, exec: 'attack', p99: 5000 },
];
export const options = plan(rows);
export const handleSummary = summary('mixed', rows);

export default () => call(turn(benign));
export const attack = () => call(turn(hostile));
