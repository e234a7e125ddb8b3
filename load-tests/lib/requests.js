// What is sent. The plain request is the example of the OpenAPI document; the others are scripts as authors write them, and as
// an attacker does.

const contract = JSON.parse(open('../../openapi/openapi.json'));

// The closed set of reasons of a failed run.
export const REASONS = contract.components.schemas.Reason.enum;

const salesScript = open('../../examples/sales-by-region.js');
const salesRows = open('../../examples/sales.csv').split('\n').slice(0, 201).join('\n');

const OBJECTS = Array.from({ length: 1000 }, (_, i) => ({ id: i, region: `r${i % 7}`, amount: (i * 37) % 1000, open: i % 3 === 0 }));

function input(contentType, text) {
  return [{ descriptor: { outputId: 1, createdAtUtc: '2026-01-02T03:04:05Z', contentType }, content: { text } }];
}

function request(name, script, { inputs = [], configuration = {}, reason = 'none' } = {}) {
  return { name, reason, body: JSON.stringify({ configuration: { script, ...configuration }, inputs }) };
}

/** As the documentation shows it. */
export const example = { name: 'example', reason: 'none', body: JSON.stringify(contract.components.schemas.ExecuteRequest.example) };

/** 200 rows of CSV, summed by region. */
export const csv = request('csv', salesScript, { inputs: input('text/csv', salesRows) });

/** A thousand objects read, filtered, grouped and sorted: some milliseconds of computing. */
export const json = request('json', `async function run(ctx) {
  const { root } = await ctx.inputs.latest.openJsonReader();
  const regions = {};
  for (const order of root.filter(order => order.open)) {
    (regions[order.region] ??= { region: order.region, amount: 0, orders: 0 }).amount += order.amount;
    regions[order.region].orders += 1;
  }
  return Object.values(regions).sort((a, b) => b.amount - a.amount);
}`, { inputs: input('application/json', JSON.stringify(OBJECTS)) });

export const benign = [example, csv, json];

/** Each ends by a limit, and each by another one. */
export const hostile = [
  request('infinite loop', 'async function run() { for (;;) {} }', { configuration: { timeoutMs: 150 }, reason: 'timeout' }),
  request('memory bomb', `async function run() { const held = []; for (;;) held.push(new Uint8Array(1 << 20).fill(7)); }`,
    { configuration: { maxMemoryMb: 64 }, reason: 'memory_limit' }),
  request('deep recursion', 'async function run() { const down = n => down(n + 1) + 1; return down(0); }', { reason: 'stack_overflow' }),
  request('huge console', `async function run() { for (let i = 0; i < 20000; i += 1) console.log('x'.repeat(200), i); return 'cut'; }`),
  request('backtracking', `async function run() { return /^(a+)+$/.test('a'.repeat(40) + 'b'); }`,
    { configuration: { timeoutMs: 150 }, reason: 'timeout' }),
];
