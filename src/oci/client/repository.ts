import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { sized, verified } from '../bytes/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  hasDigest,
  isDigest,
  isTag,
  MANIFEST_TYPES,
  parseIndex,
  statedMediaType,
} from '../format/index.ts';
import { referrerOf, taggedReferrers, tagReferrer } from '../referrers.ts';
import type { PutBlobOptions, RawManifest, Repository } from '../source.ts';
import type { Scope } from './auth/tokens.ts';
import type { Answer } from './http/answer.ts';
import { expectStatus } from './http/expect.ts';
import { pages } from './pages.ts';
import { type Opener, resumable } from './transfer/download.ts';
import { BlobPush } from './transfer/push.ts';
import type { Transport } from './transport.ts';

const MAX_MANIFEST = 4 << 20;
/** Configurations, manifests of operators: so much is read at once. */
const SMALL_BLOB = 64 << 10;

const parseTags = parserOf(
  Type.Object({ tags: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])) }),
  'OCI_REGISTRY_PROTOCOL',
);

/** A repository of a registry that speaks the distribution API (OCI 1.1 or Docker 2.x). */
export class RemoteRepository implements Repository {
  readonly name: string;
  readonly #transport: Transport;
  readonly #repository: string;
  readonly #path: string;
  readonly #pull: Scope;
  readonly #push: Scope;
  readonly #blobs: BlobPush;

  constructor(transport: Transport, repository: string) {
    this.name = `${transport.registry}/${repository}`;
    this.#transport = transport;
    this.#repository = repository;
    this.#path = `/v2/${repository}`;
    this.#pull = { repository, actions: 'pull' };
    this.#push = { repository, actions: 'pull,push' };
    this.#blobs = new BlobPush(transport, this.name, this.#path, this.#push);
  }

  async manifest(tagOrDigest: string): Promise<RawManifest> {
    const image = this.#selected(tagOrDigest);
    const answer = await this.#transport.send({
      method: 'GET',
      url: `${this.#path}/manifests/${tagOrDigest}`,
      headers: { accept: MANIFEST_TYPES.join(', ') },
      scope: this.#pull,
    });
    if (answer.status === 404) {
      answer.discard();
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the registry has no such image.', { place: { image } });
    }
    await expectStatus(answer, [200], image);
    const bytes = await this.#transport.whole(answer, MAX_MANIFEST, image);
    const stated = answer.header('docker-content-digest') ?? '';
    const expected = isDigest(tagOrDigest) ? tagOrDigest : isDigest(stated) ? stated : undefined;
    if (expected !== undefined && !hasDigest(bytes, expected))
      throw new SlipwayError(
        'OCI_DIGEST_MISMATCH',
        `the manifest is not ${expected}; it may have been tampered with.`,
        { place: { image } },
      );
    const type = (answer.header('content-type') ?? '').split(';')[0]?.trim() ?? '';
    const own = statedMediaType(bytes, { image });
    // A type that the bytes do not have would make another image of them for the next client.
    if (MANIFEST_TYPES.includes(type) && type !== own)
      throw new SlipwayError('OCI_MANIFEST_INVALID', `the manifest states "${own}", but was given as "${type}".`, {
        place: { image },
      });
    return { digest: expected ?? digestOf(bytes), mediaType: own, bytes };
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    const small = descriptor.size <= SMALL_BLOB ? await this.#small(descriptor) : undefined;
    if (small !== undefined) return Readable.from([small], { objectMode: false });
    const content = await resumable(this.#opener(descriptor.digest), this.#download);
    return verified(content, descriptor, this.name);
  }

  async blobFrom(descriptor: Pick<Descriptor, 'digest' | 'size'>, start: number): Promise<Readable> {
    const content = await resumable(this.#opener(descriptor.digest), { ...this.#download, start });
    return sized(content, descriptor, start, this.name);
  }

  /** A whole small blob; `undefined` where the connection broke, or the registry gives no or another length. */
  async #small({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<Buffer | undefined> {
    const url = `${this.#path}/blobs/${digest}`;
    const answer = await this.#transport.send({ method: 'GET', url, scope: this.#pull });
    // It was asked often enough.
    if (answer.status === 429 || answer.status >= 500) await expectStatus(answer, [200], this.#image(digest));
    if (answer.status !== 200 || answer.header('content-length') !== String(size)) {
      answer.discard();
      return undefined;
    }
    let bytes: Buffer;
    try {
      bytes = await this.#transport.whole(answer, size, this.name);
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'OCI_REGISTRY_SILENT') throw error;
      // The download that can go on where this one broke tells what is wrong, if it still is.
      return undefined;
    }
    return bytes.length === size && hasDigest(bytes, digest) ? bytes : undefined;
  }

  get #download() {
    const { backoff, idle, notice } = this.#transport;
    return { backoff, idle, notice, image: this.name };
  }

  /** Opens content at a byte. */
  #opener(digest: Digest): Opener {
    return async (start, silence) => {
      const answer = await this.#transport.send({
        method: 'GET',
        url: `${this.#path}/blobs/${digest}`,
        headers: start === 0 ? {} : { range: `bytes=${start}-` },
        scope: this.#pull,
        ...(silence === undefined ? {} : { silence }),
      });
      if (answer.status === 404) {
        answer.discard();
        throw new SlipwayError('OCI_BLOB_UNKNOWN', `the registry has no ${digest}.`, { place: { image: this.name } });
      }
      await expectStatus(answer, start === 0 ? [200] : [200, 206], this.#image(digest));
      const from = /^bytes (\d+)-/.exec(answer.header('content-range') ?? '')?.[1];
      return { start: answer.status === 206 ? Number(from ?? start) : 0, body: answer.body };
    };
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    return (await this.#head(digest, this.#push)) !== undefined;
  }

  async blobSize(digest: Digest): Promise<number | undefined> {
    const answer = await this.#head(digest, this.#pull);
    if (answer === undefined) return undefined;
    const size = Number(answer.header('content-length') ?? Number.NaN);
    if (Number.isSafeInteger(size)) return size;
    throw new SlipwayError('OCI_REGISTRY_PROTOCOL', `the registry does not say how long ${digest} is.`, {
      place: { image: this.#image(digest) },
    });
  }

  /** Who wants to push asks with that right: a repository that is still to be made can be read by nobody. */
  async #head(digest: Digest, scope: Scope): Promise<Answer | undefined> {
    const answer = await this.#transport.send({
      method: 'HEAD',
      url: `${this.#path}/blobs/${digest}`,
      scope,
    });
    if (answer.status !== 404) await expectStatus(answer, [200], this.#image(digest));
    answer.discard();
    return answer.status === 404 ? undefined : answer;
  }

  async partOfBlob(digest: Digest): Promise<number> {
    return await this.#blobs.part(digest);
  }

  async putBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    options: PutBlobOptions = {},
  ): Promise<void> {
    await this.#blobs.put(descriptor, content, options);
  }

  async mountBlob(digest: Digest, from: string): Promise<boolean> {
    return await this.#blobs.mount(digest, from);
  }

  async putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<Digest> {
    const image = this.#selected(tagOrDigest);
    const answer = await this.#transport.send({
      method: 'PUT',
      url: `${this.#path}/manifests/${tagOrDigest}`,
      headers: { 'content-type': mediaType },
      body: bytes,
      scope: this.#push,
    });
    await expectStatus(answer, [201, 202], image);
    answer.discard();
    const digest = isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
    const stored = answer.header('docker-content-digest') ?? '';
    if (isDigest(stored) && !hasDigest(bytes, stored))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the registry stored ${stored}, which is not the manifest sent.`, {
        place: { image },
      });
    const referrer = referrerOf(digest, mediaType, bytes, image);
    // A registry that keeps the list of referrers says so.
    if (referrer && answer.header('oci-subject') === undefined) await tagReferrer(this, referrer);
    return digest;
  }

  async tags(): Promise<string[]> {
    const tags: string[] = [];
    const place = { image: this.name };
    for await (const page of pages(this.#transport, `${this.#path}/tags/list`, this.#pull, place))
      tags.push(...(parseTags(page, place).tags ?? []));
    const strange = tags.find((tag) => !isTag(tag));
    if (strange !== undefined)
      throw new SlipwayError(
        'OCI_REGISTRY_PROTOCOL',
        `the registry lists ${JSON.stringify(strange)}, which is no tag.`,
        {
          place,
        },
      );
    return tags.sort();
  }

  async referrers(digest: Digest, artifactType?: string): Promise<Descriptor[]> {
    const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
    const path = `${this.#path}/referrers/${digest}${query}`;
    const found: Descriptor[] = [];
    let supported = false;
    for await (const page of pages(this.#transport, path, this.#pull, { image: this.name })) {
      supported = true;
      found.push(...parseIndex(Buffer.from(JSON.stringify(page)), { image: this.name }).manifests);
    }
    const all = supported ? found : await taggedReferrers(this, digest);
    // A registry need not filter.
    return artifactType === undefined ? all : all.filter((descriptor) => descriptor.artifactType === artifactType);
  }

  async deleteManifest(digest: Digest): Promise<void> {
    await this.#delete(digest);
  }

  async deleteTag(tag: string): Promise<void> {
    await this.#delete(tag);
  }

  async #delete(tagOrDigest: string): Promise<void> {
    const image = this.#selected(tagOrDigest);
    const answer = await this.#transport.send({
      method: 'DELETE',
      url: `${this.#path}/manifests/${tagOrDigest}`,
      scope: { repository: this.#repository, actions: 'delete' },
    });
    if (answer.status === 404) {
      answer.discard();
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the registry has no such image.', { place: { image } });
    }
    await expectStatus(answer, [200, 202, 204], image);
    answer.discard();
  }

  /** The image's name, checked: it becomes a part of the request's path, where "../" would lead elsewhere. */
  #selected(tagOrDigest: string): string {
    const image = this.#image(tagOrDigest);
    if (isDigest(tagOrDigest) || isTag(tagOrDigest)) return image;
    throw new SlipwayError('OCI_REFERENCE_INVALID', `"${tagOrDigest}" is neither a tag nor a digest.`, {
      place: { image: this.name },
    });
  }

  #image(tagOrDigest: string): string {
    return `${this.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
  }
}
