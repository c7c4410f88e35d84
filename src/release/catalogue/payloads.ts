import type { ReleaseRecord } from '../../db/index.ts';
import { type ComponentImage, loadComponents, loadPayload, type Payload } from '../../payload/index.ts';
import { LastAsked, SlipwayError } from '../../util/index.ts';
import type { Tools } from '../context.ts';

/** A payload of OKD is some megabytes of manifests. */
const KEPT = 8;

/** Payloads of releases. They never change under their digest, so those asked for last are kept. */
export class Payloads {
  readonly #tools: Tools;
  readonly #kept = new LastAsked<Payload>(KEPT);

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** `undefined` while the release is not assembled. One that can't be read is tried anew at the next call. */
  async of({ payloadDigest: digest }: ReleaseRecord): Promise<Payload | undefined> {
    if (digest === null) return undefined;
    const { stagingRelease, releaseName } = this.#tools.repositories;
    return await this.#kept.of(digest, () => loadPayload(stagingRelease, digest, { name: releaseName }));
  }

  /** As `of`, with why it can not be read: what else is known of a release is told without it. */
  async tried(release: ReleaseRecord): Promise<{ readonly payload?: Payload; readonly problem: string | null }> {
    try {
      const payload = await this.of(release);
      return { ...(payload === undefined ? {} : { payload }), problem: null };
    } catch (error) {
      if (error instanceof SlipwayError) return { problem: error.describe() };
      throw error;
    }
  }

  /** The images of a payload's components. */
  async images(payload: Payload): Promise<readonly ComponentImage[]> {
    const { definition, repositories } = this.#tools;
    return await loadComponents(payload, {
      resolve: () => repositories.stagingContent,
      architecture: definition.architecture,
    });
  }
}
