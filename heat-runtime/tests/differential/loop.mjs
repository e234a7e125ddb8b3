// Runs the official client's loop through one situation: node loop.mjs <folder with node_modules> <Core's URL> <situation as JSON>
// Prints the error it ended with.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, url, text] = process.argv.slice(2);
const { HEATRuntime, HEATRuntimeOptions } = createRequire(join(folder, 'here.js'))('@vrai-ie/heat-runtime');
const situation = JSON.parse(text);
for (const name of ['log', 'info', 'warn', 'error']) console[name] = () => {};

const options = situation.debug ? new HEATRuntimeOptions(url, 'tok-123', true, 72) : new HEATRuntimeOptions(url, 'tok-123');
const runtime = new HEATRuntime(options);
const processor = {
  templateName: 'system-arbex-js',
  async process(task, runtime) {
    if (situation.throws) throw new Error(situation.throws);
    await runtime.createNodeOutput(task.nodeInstanceId, {
      nodeInstanceId: task.nodeInstanceId, configuration: '{}', dataSourceId: 1, dataPath: 'out', outputIdentifier: 'out',
    });
  },
};
if (situation.invalid !== undefined) processor.validate = () => ({ success: false, message: situation.invalid ?? undefined });
runtime.register(processor);
// A loop that nothing ends is a failure, not a test that hangs.
setTimeout(() => process.exit(1), 60_000).unref();
let ended = null;
try {
  await runtime.init('r-1', { pollingIntervalMs: 1 });
} catch (error) {
  ended = error.message;
}
process.stdout.write(JSON.stringify(ended));
process.exit(0);
