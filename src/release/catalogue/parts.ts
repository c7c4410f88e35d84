import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { formatReleaseLock, type Payload, payloadFile } from '../../payload/index.ts';
import { readStores, signatureConfigMap } from '../../sign/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { Tools } from '../context.ts';

/** What a release is made of, part by part, for those who do not want to ask a registry. */
export class ReleaseParts {
  readonly #tools: Tools;
  readonly #payload: Payload;

  constructor(tools: Tools, payload: Payload) {
    this.#tools = tools;
    this.#payload = payload;
  }

  /** One file of `/release-manifests`, as it is. Throws `PAYLOAD_FILE_UNKNOWN`. */
  file(name: string): Uint8Array {
    return payloadFile(this.#payload, name).bytes;
  }

  /** All files of `/release-manifests`: the very layer of the release image, a tar.gz; and its bytes. */
  async manifests(): Promise<{ readonly content: Readable; readonly size: number }> {
    const layer = this.#payload.image.manifest.layers[this.#payload.payloadLayer];
    if (layer === undefined)
      throw new SlipwayError('RELEASE_STATE_INVALID', 'the release image lacks its own layer.', {
        place: { image: this.#payload.reference },
      });
    return { content: await this.#tools.repositories.stagingRelease.blob(layer), size: layer.size };
  }

  /** What `slipway payload new --from-lock` makes it of again. */
  lock(): string {
    return formatReleaseLock(this.#payload);
  }

  /** The ConfigMap that brings its signatures to a disconnected cluster. Throws `RELEASE_SIGNATURE_UNKNOWN`. */
  async signatures(): Promise<string> {
    const { digest, listDigest = digest } = this.#payload;
    const { signatures } = await readStores([pathToFileURL(this.#tools.paths.signatures).href], listDigest);
    if (signatures.length > 0) return signatureConfigMap(listDigest, signatures);
    throw new SlipwayError('RELEASE_SIGNATURE_UNKNOWN', 'the release is not signed.', {
      place: { image: this.#payload.reference },
    });
  }
}
