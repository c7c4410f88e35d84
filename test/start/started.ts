import { join } from 'node:path';
import { freePort, type Running, type Scope, SLIPWAY, start, temporaryFolder } from '../support/clone.ts';

export interface ReleaseView {
  name: string;
  kind: string;
  phase: string;
  digest: string;
  pullSpec: string | null;
  reason: string;
  signed: boolean;
  published: boolean;
  steps: { name: string; state: string }[];
  components: { name: string; pullSpec: string }[];
  downloads: { name: string; url: string; sha256: string }[];
  attestations: { name: string; url: string; sha256: string; predicateType: string | null }[];
  audit: {
    verdict: string;
    findings: {
      severity: string;
      images: string[];
      packages: string[];
      layer: string | null;
      introducedBy: string | null;
    }[];
  } | null;
}

/** What the example promotes first. */
export const STABLE = '4.21.0-okd-scos.0';

/** A workspace that `slipway start` made, and its server. */
export class Started {
  /** A folder for what a test leaves; the workspace is in it. */
  data = '';
  port = 0;
  base = '';
  #server: Running | undefined;

  get workspace(): string {
    return join(this.data, 'ws');
  }

  async start(scope: Scope): Promise<void> {
    this.data = await temporaryFolder(scope);
    this.port = await freePort();
    this.base = `http://localhost:${this.port}`;
    await this.#run(scope, 'start', 'Stop with Ctrl-C', 240);
  }

  /** Ends the server as a person does and starts it again in the same workspace. Returns its exit code. */
  async restart(scope: Scope): Promise<number | null | undefined> {
    const code = await this.#server?.stop('SIGTERM');
    await this.#run(scope, 'serve', 'serving on');
    return code;
  }

  async #run(scope: Scope, verb: 'start' | 'serve', ready: string, seconds?: number): Promise<void> {
    this.#server = start(scope, SLIPWAY, [verb, '--data', this.workspace, '--port', String(this.port)]);
    await this.#server.waitFor(ready, seconds);
  }

  readonly get = async (path: string): Promise<Response> => await fetch(new URL(path, this.base));

  readonly json = async <T>(path: string): Promise<T> => (await (await this.get(path)).json()) as T;
}
