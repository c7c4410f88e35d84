// A workspace of the example with its server, in the process of the test.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../src/release/index.ts';
import { type App, createServer } from '../../src/server/index.ts';
import type { SlipwayError } from '../../src/util/index.ts';
import { atEnd, ROOT, SLIPWAY } from './clone.ts';

interface Scope {
  after(work: () => Promise<void>): void;
}

const reportOf = (test: string): string =>
  `cat > "$ARTIFACT_DIR/junit_soak.xml" <<X\n<testsuite name="soak"><testcase name="stays up">${test}</testcase></testsuite>\nX\n`;

/** Scripts of the job `soak`. */
export const SOAK = {
  passes: reportOf(''),
  fails: `${reportOf('<failure message="it fell over">x</failure>')}exit 1\n`,
} as const;

/** The example with one blocking job, `soak`, and promotion by hand. */
export async function definitionWith(folder: string, soak: string): Promise<string> {
  const example = join(ROOT, 'examples/harbor');
  const script = join(folder, 'soak.sh');
  await writeFile(script, soak);
  const text = (await readFile(join(example, 'stream.yaml'), 'utf8'))
    .replace('promotion: automatic', 'promotion: manual')
    .replace('layout: images', `layout: ${example}/images`)
    .replace(/\n {2}policy: .*/, `\n  policy: ${example}/policy.yaml`)
    .replaceAll('keys/', `${example}/keys/`)
    .replace(
      /\njobs:[\s\S]*/,
      `\njobs:\n  - { name: soak, title: Soak, command: ${script}, blocking: true, timeoutSeconds: 30 }\n`,
    );
  const file = join(folder, 'stream.yaml');
  await writeFile(file, text);
  return file;
}

export interface Answer {
  readonly status: number;
  readonly body: { code?: string; message?: string; phase?: string; reason?: string; release?: string };
}

export interface Serving {
  readonly engine: Engine;
  readonly app: App;
  /** Waits until the engine has nothing left to do. */
  settle(): Promise<void>;
  /** `POST /api/<path>` */
  post(path: string, payload?: object): Promise<Answer>;
  close(): Promise<void>;
}

/** Opens `<folder>/ws`, serves it and lets the engine work; closed when the test ends. */
export async function serving(
  t: Scope,
  folder: string,
  definition: string,
  options: {
    readonly registry?: string;
    readonly clock?: () => Date;
    readonly report?: (problem: SlipwayError) => void;
  } = {},
): Promise<Serving> {
  const endpoint = { url: '' };
  const engine = await openEngine({
    data: join(folder, 'ws'),
    standardDefinition: definition,
    ...options,
    publicHost: 'localhost:8080',
    publicUrl: 'http://localhost:8080',
    program: SLIPWAY,
    endpoint: () => endpoint.url,
  });
  const app = await createServer({ engine, version: 'test' });
  const close = async (): Promise<void> => {
    await engine.close();
    await app.close();
  };
  atEnd(t, close);
  endpoint.url = await app.listen({ host: '127.0.0.1', port: 0 });
  await engine.resume();
  return {
    engine,
    app,
    close,
    settle: async () => {
      while ((await engine.unfinished()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    post: async (path, payload = {}) => {
      const answer = await app.inject({ method: 'POST', url: `/api/${path}`, payload });
      return { status: answer.statusCode, body: answer.json() };
    },
  };
}
