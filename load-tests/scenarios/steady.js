// A rate that the service should carry for ever: LOAD_RATE calls a second (200) for LOAD_SECONDS (30), of three kinds.
import { call, plan, summary, turn } from '../lib/plan.js';
import { benign } from '../lib/requests.js';
export { setup, teardown, watch } from '../lib/plan.js';

const rows = [{ name: 'steady', rate: Number(__ENV.LOAD_RATE ?? 200), seconds: Number(__ENV.LOAD_SECONDS ?? 30), inFlight: 100, p95: 50, p99: 150 }];
export const options = plan(rows);
export const handleSummary = summary('steady', rows);

export default () => call(turn(benign));
