// node guest/sdk/tests/console-golden.mjs [--no-write]
//
// Formats the corpus with Node's util.format, writes console-golden.json, and
// compares our formatter with it: as the corpus is, then with builtins of the
// realm overwritten, then with random values (FUZZ=n of them, default 3000).

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import util from 'node:util';
import { corpus, evaluateEntry, makeHelpers } from './console-corpus.js';
import { format, setIntrospection } from '../runtime/inspect.js';
import { runFuzz } from './console-fuzz.mjs';
import { runTampered } from './console-tamper.mjs';

// Promise states and Proxy targets come from Node's internals.
if (!process.execArgv.includes('--expose-internals')) {
  const again = spawnSync(process.execPath,
    ['--expose-internals', '--no-warnings', fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(again.status ?? 1);
}
const { internalBinding } = createRequire(import.meta.url)('internal/test/binding');
const { getPromiseDetails, getProxyDetails } = internalBinding('util');
const { isPromise, isProxy } = util.types;
const states = ['pending', 'fulfilled', 'rejected'];
const hooks = {
  promiseState: (value) => {
    if (!isPromise(value)) return undefined;
    const details = getPromiseDetails(value);
    return details[0] === 0 ? ['pending'] : [states[details[0]], details[1]];
  },
  isProxy,
  proxyDetails: (value) => (isProxy(value) ? getProxyDetails(value, true) : undefined),
};

const helpers = makeHelpers();
const golden = [];
let passed = 0;
let failed = 0;

function compare(name, expected, actual) {
  if (expected === actual) {
    passed++;
    return;
  }
  failed++;
  console.log(`--- ${name}\nexpected: ${expected}\nactual:   ${actual}`);
}

for (const entry of corpus) {
  const args = evaluateEntry(entry, helpers);
  const expected = util.format(...args);
  golden.push({ ...entry, expected });
  setIntrospection({});
  if (entry.needs === undefined) compare(`${entry.name} (no hooks)  ${entry.source}`, expected, format(args));
  setIntrospection(hooks);
  compare(`${entry.name}  ${entry.source}`, expected, format(args));
}
if (!process.argv.includes('--no-write')) {
  writeFileSync(new URL('./console-golden.json', import.meta.url), `${JSON.stringify(golden, null, 1)}\n`);
}
console.log(`corpus: ${corpus.length} entries, ${passed} passed, ${failed} failed`);

const fuzz = runFuzz(format, Number(process.env.FUZZ ?? 3000), Number(process.env.SEED ?? 1));
console.log(`fuzz: ${fuzz.passed} passed, ${fuzz.failed} failed`);

// Last: it leaves the realm in ruins.
const tampered = runTampered(golden, helpers, format);
process.stdout.write(`tampering: ${tampered.passed} passed, ${tampered.failed} failed\n${tampered.report}`);
const total = passed + fuzz.passed + tampered.passed;
const totalFailed = failed + fuzz.failed + tampered.failed;
process.stdout.write(`${total} passed, ${totalFailed} failed\n`);
process.exitCode = totalFailed === 0 ? 0 : 1;
