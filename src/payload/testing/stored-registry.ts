import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type Digest, digestOf, type ImageSource, isDigest } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { readTarGz } from './shared.ts';

/**
 * The storage of a docker-registry, read from a tar.gz of its folder: the recorded inputs and releases, without a
 * registry process.
 */
export class StoredRegistry {
  readonly #files: ReadonlyMap<string, Buffer>;

  private constructor(files: ReadonlyMap<string, Buffer>) {
    this.#files = files;
  }

  static async open(path: string): Promise<StoredRegistry> {
    const files = await readTarGz(readFileSync(path));
    return new StoredRegistry(
      new Map(files.map(({ name, content }) => [name.replace(/^.*?docker\/registry\/v2\//, ''), content])),
    );
  }

  #blob(digest: string): Buffer | undefined {
    const hex = digest.slice('sha256:'.length);
    return this.#files.get(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);
  }

  /** The repository that a pull spec or `host/path` names. */
  repository(spec: string): ImageSource {
    const name = spec.replace(/@.*$/, '').replace(/:[^:/]+$/, '');
    const path = name.slice(name.indexOf('/') + 1);
    return {
      name,
      manifest: async (reference) => {
        const tag = this.#files
          .get(`repositories/${path}/_manifests/tags/${reference}/current/link`)
          ?.toString()
          .trim();
        const digest = isDigest(reference) ? reference : tag;
        const bytes = digest === undefined ? undefined : this.#blob(digest);
        if (bytes === undefined) {
          throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the registry has no such image.', {
            place: { image: `${name}:${reference}` },
          });
        }
        const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: string };
        return {
          digest: digestOf(bytes),
          mediaType: mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
          bytes,
        };
      },
      blob: async ({ digest }: { digest: Digest }) => {
        const bytes = this.#blob(digest);
        if (bytes === undefined) throw new SlipwayError('OCI_BLOB_UNKNOWN', `there is no ${digest}.`);
        return Readable.from([bytes]);
      },
    };
  }
}
