// Where does it end? Stairs of rising rates of a request that computes for some milliseconds. What has no room must be turned away
// (503), nothing else may go wrong, and what is let in must be done within the queue's longest wait (1 s) and its own time.
import { call, plan, summary } from '../lib/plan.js';
import { json } from '../lib/requests.js';
export { setup, teardown, watch } from '../lib/plan.js';

const RATES = (__ENV.LOAD_RATES ?? '50,100,150,200,250,300,400,600').split(',').map(Number);
const SECONDS = 6;
// Two seconds between stairs, for the queue to empty: each is measured by itself.
const rows = RATES.map((rate, i) => ({ name: `at-${rate}`, rate, seconds: SECONDS, start: i * (SECONDS + 2), inFlight: 150, p99: 5000, turnedAway: true }));
export const options = plan(rows);
export const handleSummary = summary('saturation', rows);

export default () => call(json, true);
