// Starts Azurite, makes the container `assets` in it, and prints its port; ends with its input.
// node azurite.mjs <folder with node_modules>
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const require = createRequire(join(folder, 'here.js'));
const { BlobServiceClient, StorageSharedKeyCredential } = require('@azure/storage-blob');
// The account every emulator has; its key is public.
const account = 'devstoreaccount1';
const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const main = join(folder, 'node_modules/azurite/dist/src/blob/main.js');
const azurite = spawn(process.execPath, [main, '--inMemoryPersistence', '--skipApiVersionCheck', '--silent', '--disableTelemetry', '--blobHost', '127.0.0.1', '--blobPort', '0']);
const end = () => { azurite.kill(); process.exit(); };
process.stdin.resume().on('end', end);
azurite.on('exit', (code) => { console.error(`azurite ended with ${code}`); process.exit(1); });

let said = '';
azurite.stdout.on('data', async (data) => {
  if (said === null) return;
  said += data;
  const port = /listen\S* (?:at|on) http:\/\/127\.0\.0\.1:([0-9]+)/.exec(said)?.[1];
  if (!port || port === '0') return;
  said = null;
  const service = new BlobServiceClient(`http://127.0.0.1:${port}/${account}`, new StorageSharedKeyCredential(account, key));
  const container = service.getContainerClient('assets');
  await container.create();
  const { ContainerSASPermissions, generateBlobSASQueryParameters } = require('@azure/storage-blob');
  const sas = generateBlobSASQueryParameters(
    { containerName: 'assets', permissions: ContainerSASPermissions.parse('racw'), expiresOn: new Date(Date.now() + 3600_000) },
    new StorageSharedKeyCredential(account, key),
  );
  console.log(JSON.stringify({ port: Number(port), account, key, sas: sas.toString() }));
});
