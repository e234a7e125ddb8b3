// Five seconds of ten times the usual rate. During it calls may be turned away; three seconds after it all is as before.
import { call, plan, summary } from '../lib/plan.js';
import { json } from '../lib/requests.js';
export { setup, teardown, watch } from '../lib/plan.js';

const USUAL = Number(__ENV.LOAD_RATE ?? 50);
const rows = [
  { name: 'before', rate: USUAL, seconds: 8, p95: 100 },
  { name: 'spike', start: 8, inFlight: 300, p99: 5000, turnedAway: true,
    stages: [{ target: USUAL, duration: '0s' }, { target: USUAL * 10, duration: '1s' }, { target: USUAL * 10, duration: '4s' }, { target: USUAL, duration: '1s' }] },
  { name: 'after', rate: USUAL, seconds: 10, start: 17, p95: 100 },
];
export const options = plan(rows);
export const handleSummary = summary('spike', rows);

export default () => call(json, true);
