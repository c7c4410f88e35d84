import { Readable } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';
import { type Digest, digestOf, hasDigest, isDigest } from '../digest.ts';
import { type Descriptor, parseIndex } from '../manifest.ts';
import { MANIFEST_TYPES } from '../media.ts';
import { readAll } from '../read.ts';
import type { PutBlobOptions, RawManifest, Repository } from '../source.ts';
import { verified } from '../verified.ts';
import { resumable } from './download.ts';
import type { Transport } from './transport.ts';

const MAX_MANIFEST = 4 << 20;
const MAX_LIST = 16 << 20;

/** A repository of a registry that speaks the distribution API (OCI 1.1 or Docker 2.x). */
export class RemoteRepository implements Repository {
  readonly name: string;
  readonly #transport: Transport;
  readonly #path: string;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.name = `${transport.registry}/${transport.repository}`;
    this.#path = `/v2/${transport.repository}`;
  }

  async manifest(tagOrDigest: string): Promise<RawManifest> {
    const image = `${this.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
    const answer = await this.#transport.send({
      method: 'GET',
      url: `${this.#path}/manifests/${tagOrDigest}`,
      headers: { accept: MANIFEST_TYPES.join(', ') },
      actions: 'pull',
    });
    if (answer.status === 404) {
      await answer.body?.cancel();
      throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'the registry has no such image.', { place: { image } });
    }
    await this.#expect(answer, [200], image);
    const bytes = await readAll(bodyOf(answer), MAX_MANIFEST, image);
    const digest = isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
    if (!hasDigest(bytes, digest))
      throw new SlipwayError('OCI_DIGEST_MISMATCH', `the manifest is not ${digest}; it may have been tampered with.`, {
        place: { image },
      });
    return { digest, mediaType: (answer.headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '', bytes };
  }

  async blob(descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    const open = async (start: number): Promise<Readable> => {
      const headers: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` };
      const answer = await this.#transport.send({
        method: 'GET',
        url: `${this.#path}/blobs/${descriptor.digest}`,
        headers,
        actions: 'pull',
      });
      if (answer.status === 404) {
        await answer.body?.cancel();
        throw new SlipwayError('OCI_BLOB_UNKNOWN', `the registry has no ${descriptor.digest}.`, {
          place: { image: this.name },
        });
      }
      await this.#expect(answer, [start === 0 ? 200 : 206], `${this.name}@${descriptor.digest}`);
      return bodyOf(answer);
    };
    return verified(await resumable(open), descriptor, this.name);
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    const answer = await this.#transport.send({
      method: 'HEAD',
      url: `${this.#path}/blobs/${digest}`,
      actions: 'pull',
    });
    if (answer.status === 404) return false;
    await this.#expect(answer, [200], `${this.name}@${digest}`);
    return true;
  }

  async putBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    content: Readable | Uint8Array,
    options: PutBlobOptions = {},
  ): Promise<void> {
    const image = `${this.name}@${descriptor.digest}`;
    if (options.mountFrom !== undefined && (await this.mountBlob(descriptor.digest, options.mountFrom))) return;
    const location = await this.#begin(`${this.#path}/blobs/uploads/`, image);
    location.searchParams.set('digest', descriptor.digest);
    const body = content instanceof Uint8Array ? content : (Readable.toWeb(content) as ReadableStream);
    const answer = await this.#transport.send({
      method: 'PUT',
      url: location.href,
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) },
      body,
      actions: 'pull,push',
    });
    await this.#expect(answer, [201], image);
    await answer.body?.cancel();
  }

  async mountBlob(digest: Digest, from: string): Promise<boolean> {
    const answer = await this.#transport.send({
      method: 'POST',
      url: `${this.#path}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`,
      headers: { 'content-length': '0' },
      actions: 'pull,push',
    });
    await answer.body?.cancel();
    if (answer.status === 201) return true;
    // 202 opened an ordinary upload, which is left to expire.
    await this.#expect(answer, [202], `${this.name}@${digest}`);
    return false;
  }

  async putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array): Promise<Digest> {
    const image = `${this.name}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
    const answer = await this.#transport.send({
      method: 'PUT',
      url: `${this.#path}/manifests/${tagOrDigest}`,
      headers: { 'content-type': mediaType },
      body: bytes,
      actions: 'pull,push',
    });
    await this.#expect(answer, [201], image);
    await answer.body?.cancel();
    return isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
  }

  async tags(): Promise<string[]> {
    const tags: string[] = [];
    for (let url: string | undefined = `${this.#path}/tags/list`; url !== undefined; ) {
      const answer = await this.#transport.send({ method: 'GET', url, actions: 'pull' });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return tags;
      }
      await this.#expect(answer, [200], this.name);
      const page = JSON.parse((await readAll(bodyOf(answer), MAX_LIST, this.name)).toString('utf8')) as {
        tags: string[] | null;
      };
      tags.push(...(page.tags ?? []));
      url = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    return tags.sort();
  }

  async referrers(digest: Digest, artifactType?: string): Promise<Descriptor[]> {
    const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
    const answer = await this.#transport.send({
      method: 'GET',
      url: `${this.#path}/referrers/${digest}${query}`,
      actions: 'pull',
    });
    const descriptors = answer.status === 404 ? await this.#referrersByTag(digest, answer) : await this.#index(answer);
    return artifactType === undefined
      ? descriptors
      : descriptors.filter((descriptor) => descriptor.artifactType === artifactType);
  }

  async deleteManifest(digest: Digest): Promise<void> {
    await this.#delete(digest);
  }

  async deleteTag(tag: string): Promise<void> {
    await this.#delete(tag);
  }

  /** Registries before 1.1 keep referrers in an index under the tag `sha256-HEX` (distribution-spec 1.1, § Referrers Tag Schema). */
  async #referrersByTag(digest: Digest, answer: Response): Promise<Descriptor[]> {
    await answer.body?.cancel();
    try {
      return parseIndex((await this.manifest(digest.replace(':', '-'))).bytes, { image: this.name }).manifests;
    } catch (error) {
      if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return [];
      throw error;
    }
  }

  async #index(answer: Response): Promise<Descriptor[]> {
    await this.#expect(answer, [200], this.name);
    return parseIndex(await readAll(bodyOf(answer), MAX_LIST, this.name), { image: this.name }).manifests;
  }

  async #delete(reference: string): Promise<void> {
    const answer = await this.#transport.send({
      method: 'DELETE',
      url: `${this.#path}/manifests/${reference}`,
      actions: 'pull,push',
    });
    await this.#expect(answer, [202, 200], `${this.name}@${reference}`);
    await answer.body?.cancel();
  }

  async #begin(url: string, image: string): Promise<URL> {
    const answer = await this.#transport.send({
      method: 'POST',
      url,
      headers: { 'content-length': '0' },
      actions: 'pull,push',
    });
    await this.#expect(answer, [202], image);
    await answer.body?.cancel();
    const location = answer.headers.get('location');
    if (location === null)
      throw new SlipwayError('OCI_REGISTRY_PROTOCOL', 'the registry opened an upload without saying where.', {
        place: { image },
      });
    return this.#transport.resolve(location);
  }

  async #expect(answer: Response, statuses: readonly number[], image: string): Promise<void> {
    if (statuses.includes(answer.status)) return;
    const text = (await answer.text()).slice(0, 500);
    if (answer.status === 401 || answer.status === 403) {
      throw new SlipwayError('OCI_UNAUTHORIZED', `the registry refuses access (${answer.status}).`, {
        place: { image },
        hint: 'Log in with `podman login`, or name an auth file with REGISTRY_AUTH_FILE.',
      });
    }
    throw new SlipwayError('OCI_REGISTRY_FAILED', `the registry answered ${answer.status}: ${text}`, {
      place: { image },
    });
  }
}

function bodyOf(answer: Response): Readable {
  return answer.body === null
    ? Readable.from([])
    : Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
}
