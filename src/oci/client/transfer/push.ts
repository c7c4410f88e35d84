import type { Readable } from 'node:stream';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import type { Descriptor, Digest } from '../../format/index.ts';
import type { PutBlobOptions } from '../../source.ts';
import type { Scope } from '../auth/tokens.ts';
import { expectStatus } from '../http/expect.ts';
import type { Transport } from '../transport.ts';
import type { UploadPlace, UploadTrack } from '../uploads.ts';
import { isLost, lostUpload, type Session, sessionOf, Upload } from './upload.ts';

/** Tries to send bytes that are at hand. */
const TRIES = 3;
/** After these nothing that the registry has of a blob is of use: the bytes were wrong, or it does not go on. */
const USELESS: ReadonlySet<string> = new Set(['OCI_DIGEST_MISMATCH', 'OCI_BLOB_TRUNCATED', 'OCI_UPLOAD_LOST']);

/** Pushes blobs to one repository, and goes on with uploads that were cut off. */
export class BlobPush {
  readonly #transport: Transport;
  readonly #name: string;
  readonly #path: string;
  readonly #scope: Scope;

  /** `name` is the repository for messages, `path` that of its API, `scope` the right to push. */
  constructor(transport: Transport, name: string, path: string, scope: Scope) {
    this.#transport = transport;
    this.#name = name;
    this.#path = path;
    this.#scope = scope;
  }

  /** Bytes that the registry says it has of an upload that was cut off. Where that can not be gone on with, 0, and a notice why. */
  async part(digest: Digest): Promise<number> {
    const { uploads, notice } = this.#transport;
    try {
      const place = await uploads.left(this.#name, digest);
      if (place === undefined) return 0;
      const received = await this.#upload(await this.#sessionAt(place), digest).received();
      if (received > 0) notice(`${this.#name}: the upload of ${digest} goes on at byte ${received}.`);
      return received;
    } catch (error) {
      // A record that can not be read is as good as none.
      if (!isLost(error) && !(error instanceof SlipwayError && error.code === 'OCI_UPLOAD_RECORD')) throw error;
      await uploads.forget(this.#name, digest);
      notice(`${this.#name}: ${digest} is sent anew: ${messageOf(error)}`);
      return 0;
    }
  }

  /** Sends a blob. The content is closed, whatever happens. */
  async put(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    options: PutBlobOptions,
  ): Promise<void> {
    try {
      for (let tries = 1; !(await this.#put(descriptor, content, options, tries)); tries++);
    } finally {
      if (!(content instanceof Uint8Array)) content.destroy();
    }
  }

  /** Takes a blob over from another repository of the registry; `false` where that is not possible. */
  async mount(digest: Digest, from: string): Promise<boolean> {
    const session = await this.#begin(digest, from);
    if (session) await this.#upload(session, digest, { mountFrom: from }).cancel();
    return session === undefined;
  }

  /** Sends a blob; `false` when bytes at hand have to be sent anew. */
  async #put(
    { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    { start = 0, mountFrom }: PutBlobOptions,
    tries: number,
  ): Promise<boolean> {
    const { uploads, notice } = this.#transport;
    const taken = start > 0 ? await uploads.take(this.#name, { digest, size }) : undefined;
    if (start > 0 && taken === undefined) throw lostUpload('somebody else sends it', `${this.#name}@${digest}`);
    const place = taken?.place ?? (await this.#begin(digest, mountFrom));
    if (place === undefined) return true;
    const track = taken?.track ?? uploads.track(this.#name, { digest, size });
    try {
      const session = await this.#sessionAt(place);
      await this.#upload(session, digest, { mountFrom, track }).send({ digest, size }, content, start);
      await track.ended();
      return true;
    } catch (error) {
      const useless = error instanceof SlipwayError && USELESS.has(error.code);
      await (useless ? track.ended() : track.cutOff());
      if (!isLost(error)) throw error;
      notice(`${this.#name}: ${digest} is sent anew: ${messageOf(error)}`);
      if (!(content instanceof Uint8Array) || tries >= TRIES) throw error;
      return false;
    }
  }

  /** Opens an upload; `undefined` when the blob could be mounted instead. */
  async #begin(digest: Digest, mountFrom?: string): Promise<Session | undefined> {
    const query = mountFrom === undefined ? '' : `?mount=${digest}&from=${encodeURIComponent(mountFrom)}`;
    const answer = await this.#transport.send({
      method: 'POST',
      url: `${this.#path}/blobs/uploads/${query}`,
      headers: { 'content-length': '0' },
      scope: { ...this.#scope, mountFrom },
    });
    if (answer.status === 201) {
      answer.discard();
      return undefined;
    }
    await expectStatus(answer, [202], `${this.#name}@${digest}`);
    return await sessionOf(this.#transport, answer, this.#name);
  }

  async #sessionAt({ location, leastChunk }: UploadPlace | Session): Promise<Session> {
    return { location: await this.#transport.resolve(String(location)), leastChunk };
  }

  /** Goes on with the token that opened the upload: a stream can not be sent again after a refusal. */
  #upload(
    session: Session,
    digest: Digest,
    { mountFrom, track }: { readonly mountFrom?: string | undefined; readonly track?: UploadTrack } = {},
  ): Upload {
    return new Upload(this.#transport, { ...this.#scope, mountFrom }, session, `${this.#name}@${digest}`, track);
  }
}
