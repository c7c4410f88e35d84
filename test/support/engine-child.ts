// A process that opens a workspace, works on it, and kills itself at a given moment:
//   node engine-child.ts WORKSPACE [STEP started|ran]
// Without a moment it works to the end and prints the state of all releases as JSON.

import { join } from 'node:path';
import { openEngine } from '../../src/release/index.ts';
import { createServer } from '../../src/server/index.ts';
import { ROOT, SLIPWAY } from './clone.ts';

const [data = '', step, at] = process.argv.slice(2);
const endpoint = { url: '' };
const engine = await openEngine({
  data,
  standardDefinition: join(ROOT, 'examples/harbor/stream.yaml'),
  publicHost: 'localhost:8080',
  publicUrl: 'http://localhost:8080',
  program: SLIPWAY,
  endpoint: () => endpoint.url,
  observe: (moment) => {
    if (moment.step === step && moment.at === at) process.kill(process.pid, 'SIGKILL');
  },
});
const app = await createServer({ engine, version: 'test' });
endpoint.url = await app.listen({ host: '127.0.0.1', port: 0 });
if ((await engine.catalogue.releases()).length === 0) await engine.start('clean', 'test');
await engine.resume();
while ((await engine.unfinished()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
const names = (await engine.catalogue.releases()).map((release) => release.name);
const releases = await Promise.all(names.map((name) => engine.catalogue.release(name)));
await engine.close();
await app.close();
process.stdout.write(JSON.stringify(releases));
