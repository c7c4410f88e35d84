/**
 * Requests a second of the largest update-graph answer, served by the server of `slipway graph serve`, beside nginx
 * serving the same bytes as a static file (gzip_static, so it compresses nothing either).
 *
 *   node bench/graph.ts [--seconds 5] [--rounds 3] [--connections 32]
 *
 * The answer is candidate-4.14 of production's graph-data where `../shared` is beside the clone, else a generated graph
 * of its size. As a control a bare node:http server writes the same buffer without looking at the request: what that
 * parser can do at most. nginx has one worker, Slipway one process; connections are kept alive, all on loopback, asked
 * by wrk in turn; printed are the medians of the rounds. Parts whose tool (wrk, nginx) is not installed are left out.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import {
  buildReleaseGraph,
  type CompiledGraph,
  type GraphQuery,
  type LedgerRelease,
  loadGraph,
  parseGraphData,
  renderedAnswers,
} from '../src/graph/index.ts';
import { createGraphServer } from '../src/server/index.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '32' },
    /** Internal: this process is the server. */
    serve: { type: 'boolean', default: false },
  },
});

const VECTORS = fileURLToPath(new URL('../../shared/vectors/graph/head-731d04247/', import.meta.url));

interface Subject {
  readonly name: string;
  readonly graph: CompiledGraph;
  readonly query: GraphQuery;
}

async function subject(): Promise<Subject> {
  if (existsSync(VECTORS)) {
    const graph = await loadGraph({
      graphData: join(VECTORS, 'graph-data.tar.gz'),
      releases: join(VECTORS, 'releases-synth.json.gz'),
    });
    return { name: 'candidate-4.14 of production', graph, query: { channel: 'candidate-4.14', arch: 'amd64' } };
  }
  return { name: 'a generated graph', graph: generated(), query: { channel: 'candidate-4.14', arch: 'amd64' } };
}

/** 270 releases of three minors, each reachable from about 75 before it, half of the edges under one of 120 risks. */
function generated(): CompiledGraph {
  const versions = Array.from({ length: 270 }, (_, at) => `4.${12 + Math.floor(at / 90)}.${at % 90}`);
  const releases = versions.map(
    (version, at): LedgerRelease => ({
      version,
      arch: 'amd64',
      payload: `quay.io/okd/scos-release@sha256:${at.toString(16).padStart(64, '0')}`,
      channels: ['candidate-4.12', 'candidate-4.13', 'candidate-4.14'],
      previous: versions.slice(Math.max(0, at - 86), at),
      metadata: { url: `https://example.com/errata/${version}` },
    }),
  );
  const risks = Array.from({ length: 120 }, (_, at): [string, string] => [
    `blocked-edges/Risk${at}.yaml`,
    JSON.stringify({
      to: versions[at * 2 + 30],
      from: '.*',
      name: `Risk${at}`,
      url: 'https://example.com/risk',
      message: 'Clusters with this configuration lose their network while a node restarts. '.repeat(3),
      matchingRules: [
        { type: 'PromQL', promql: { promql: `max(cluster_operator_conditions{name="network-${at}"}) > 0` } },
      ],
    }),
  ]);
  return buildReleaseGraph(releases, parseGraphData(new Map([['version', '1.1.0'], ...risks])));
}

/** The server of the update graph with all that stands in front of it. Says its ports to its parent when it listens. */
async function serve({ graph, query }: Subject): Promise<void> {
  const app = await createGraphServer({ compile: async () => graph, freshMs: 1000, version: 'bench' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const body = renderedAnswers(graph)(query).gzip;
  const bare = createHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  }).listen(0, '127.0.0.1');
  await once(bare, 'listening');
  process.send?.({ slipway: portOf(app.server), bare: portOf(bare) } satisfies Ports);
}

interface Ports {
  readonly slipway: number;
  readonly bare: number;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function installed(command: string, flag: string): boolean {
  return spawnSync(command, [flag]).error === undefined;
}

async function startNginx(folder: string, port: number): Promise<ChildProcess> {
  const config = `${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    daemon off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      open_file_cache max=10;
      keepalive_requests 100000000;
      client_body_temp_path ${folder}/tmp1; proxy_temp_path ${folder}/tmp2; fastcgi_temp_path ${folder}/tmp3;
      uwsgi_temp_path ${folder}/tmp4; scgi_temp_path ${folder}/tmp5;
      types { application/json json; }
      server { listen 127.0.0.1:${port}; root ${folder}; gzip_static on; }
    }`;
  await writeFile(join(folder, 'nginx.conf'), config);
  const child = spawn('nginx', ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await fetch(`http://127.0.0.1:${port}/graph.json`, { method: 'HEAD' });
      return child;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50)); // not listening yet
    }
  }
  child.kill();
  throw new Error(`nginx did not start; see ${folder}/error.log`);
}

interface Figure {
  readonly rate: number;
  readonly p50: string;
  readonly p99: string;
}

/** One run of wrk with these headers; an error response makes it fail. */
async function measure(url: string, headers: Readonly<Record<string, string>>): Promise<Figure> {
  const { stdout } = await promisify(execFile)('wrk', [
    '--latency',
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    url,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  const value = (pattern: RegExp): string => pattern.exec(stdout)?.[1] ?? '?';
  return {
    rate: Number(value(/Requests\/sec:\s+([\d.]+)/)),
    p50: value(/^\s+50%\s+(\S+)/m),
    p99: value(/^\s+99%\s+(\S+)/m),
  };
}

function median(figures: readonly Figure[]): Figure {
  const sorted = figures.toSorted((a, b) => a.rate - b.rate);
  return sorted[Math.floor(sorted.length / 2)] ?? { rate: 0, p50: '?', p99: '?' };
}

function print(label: string, { rate, p50, p99 }: Figure): void {
  process.stdout.write(`${label.padEnd(44)} ${rate.toFixed(0).padStart(7)} requests/s   p50 ${p50}  p99 ${p99}\n`);
}

async function bench(): Promise<void> {
  const started = performance.now();
  const { name, graph, query } = await subject();
  const compiled = performance.now();
  const answer = renderedAnswers(graph)(query);
  const kilobytes = (bytes: Uint8Array): string => `${(bytes.length / 1000).toFixed(0)} kB`;
  process.stdout.write(
    `${name}: ${kilobytes(answer.identity)}, gzip ${kilobytes(answer.gzip)}, br ${kilobytes(answer.br)}; ` +
      `compiled in ${(compiled - started).toFixed(0)} ms, rendered in ${(performance.now() - compiled).toFixed(0)} ms\n`,
  );
  if (!installed('wrk', '-v')) {
    process.stdout.write('wrk is not installed: nothing is measured.\n');
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-graph-'));
  const slipway = spawn(process.execPath, [fileURLToPath(import.meta.url), '--serve'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let nginx: ChildProcess | undefined;
  try {
    const [ports] = (await once(slipway, 'message')) as [Ports];
    const ours = `http://127.0.0.1:${ports.slipway}/graph?channel=${query.channel}&arch=${query.arch}`;
    let theirs: string | undefined;
    if (installed('nginx', '-v')) {
      await writeFile(join(folder, 'graph.json'), answer.identity);
      await writeFile(join(folder, 'graph.json.gz'), answer.gzip);
      const nginxPort = await freePort();
      nginx = await startNginx(folder, nginxPort);
      theirs = `http://127.0.0.1:${nginxPort}/graph.json`;
    } else process.stdout.write('nginx is not installed: Slipway is measured alone.\n');

    const headers = { Accept: 'application/json', 'Accept-Encoding': 'gzip' };
    const runs: { ours: Figure[]; theirs: Figure[]; bare: Figure[] } = { ours: [], theirs: [], bare: [] };
    for (let round = 0; round < Number(options.rounds); round++) {
      runs.ours.push(await measure(ours, headers));
      runs.bare.push(await measure(`http://127.0.0.1:${ports.bare}/`, headers));
      if (theirs !== undefined) runs.theirs.push(await measure(theirs, headers));
    }
    const mine = median(runs.ours);
    print('Slipway (slipway graph serve, gzip)', mine);
    print('node:http writing the same buffer (control)', median(runs.bare));
    if (theirs !== undefined) {
      const other = median(runs.theirs);
      print('nginx (static file, gzip_static)', other);
      process.stdout.write(`ratio ${(mine.rate / other.rate).toFixed(2)}\n`);
    }
    const etag = { 'If-None-Match': `"${answer.sha256}-gzip"` };
    print('Slipway, answer not modified (304)', await measure(ours, { ...headers, ...etag }));
  } finally {
    slipway.kill();
    nginx?.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

await (options.serve ? serve(await subject()) : bench());
