// Makes the calls of calls.json with the official client against a recording server, and prints what each gave, a line a call.
// node official.mjs <folder with node_modules> <server's URL> <calls.json>
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, url, calls] = process.argv.slice(2);
const { HEATRuntime, HEATRuntimeOptions } = createRequire(join(folder, 'here.js'))('@vrai-ie/heat-runtime');
const runtime = new HEATRuntime(new HEATRuntimeOptions(url, 'tok-123'));
// What loadEnv says goes to the same stream otherwise.
console.warn = () => {};

for (const [number, { call, args }] of JSON.parse(readFileSync(calls)).entries()) {
  await fetch(`${url}/__call/${number}`);
  const before = { ...process.env };
  let ended;
  try {
    const result = await runtime[call](...args);
    ended = { result: result ?? null };
    if (call === 'loadEnv') {
      ended.result = Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in before)));
    }
  } catch (error) {
    ended = { status: error.response?.status ?? null, error: error.message };
  }
  console.log(JSON.stringify(ended));
}
