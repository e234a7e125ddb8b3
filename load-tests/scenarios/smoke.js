// Does it work at all? Every kind of request, a few a second.
import { call, plan, summary, turn } from '../lib/plan.js';
import { benign, hostile } from '../lib/requests.js';
export { setup, teardown, watch } from '../lib/plan.js';

const rows = [
  { name: 'benign', rate: 30, seconds: 8, p99: 500 },
  { name: 'hostile', rate: 2, seconds: 8, exec: 'attack', p99: 3000 },
];
export const options = plan(rows);
export const handleSummary = summary('smoke', rows);

export default () => call(turn(benign));
export const attack = () => call(turn(hostile));
