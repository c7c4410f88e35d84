import { basename, join } from 'node:path';
import type { ImageSource, RegistryClient } from '../../../oci/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { kindAt } from '../../../util/files.ts';
import { unreadable } from '../../input.ts';
import { databaseFormat, databaseImage } from './database-file.ts';
import type { OpenedRelease, OpenedSource } from './opened.ts';

const PREFIXES = ['docker://', 'oci:', 'docker-archive:', 'oci-archive:'] as const;

/** Throws `CLI_FILE_UNREADABLE` where what is at the path can not be told: it is no name of an image in a registry then. */
async function kindOf(path: string): Promise<'folder' | 'other' | undefined> {
  try {
    return await kindAt(path);
  } catch (error) {
    throw unreadable(error, path);
  }
}

/** The path in `PATH[:NAME]` is the longest part that exists: names of images have colons too. */
async function splitPath(text: string): Promise<{ path: string; name: string | undefined } | undefined> {
  for (let end = text.length; end > 0; end = text.lastIndexOf(':', end - 1)) {
    const path = text.slice(0, end);
    if (await kindOf(path)) return { path, name: end === text.length ? undefined : text.slice(end + 1) };
  }
  return undefined;
}

interface NamedImages {
  readonly source: ImageSource;
  readonly names: readonly string[];
}

/** Opens files and registries once, however many images are asked for. */
export class Sources {
  readonly #client: () => Promise<RegistryClient>;
  readonly #platforms: 'every' | RegExp;
  readonly #opened = new Map<string, Promise<NamedImages>>();

  /** `platforms`: for which of them a release is opened that is for several. */
  constructor(client: () => Promise<RegistryClient>, platforms: 'every' | RegExp) {
    this.#client = client;
    this.#platforms = platforms;
  }

  /** The one image that a text names. Errors: `CLI_IMAGE_AMBIGUOUS`, `CLI_FILE_UNREADABLE`, those of `oci/`. */
  async open(text: string): Promise<OpenedSource> {
    const files = await this.#files(text);
    if (!files) return await this.#pull(text.replace(/^docker:\/\//u, ''));
    const { path, name, images } = files;
    const [only, ...others] = images.names;
    if (name === undefined && (only === undefined || others.length > 0)) {
      throw new SlipwayError('CLI_IMAGE_AMBIGUOUS', `${images.names.length} images are in it.`, {
        place: { file: path },
        hint: `Name one, as in ${path}:${only ?? 'NAME'}, or audit all: slipway audit layout ${path}`,
      });
    }
    const reference = name ?? only ?? '';
    return { source: images.source, reference, name: shortName(reference), pullSpec: null };
  }

  /**
   * A release: in a registry, where its components are wherever it says; in a layout, an archive, or a folder that
   * `payload mirror --to-dir` made, its components are beside it. Throws `PAYLOAD_…`, `OCI_MANIFEST_UNKNOWN`.
   */
  async openRelease(text: string): Promise<OpenedRelease> {
    const { beside, imagesOf, platformReleases } = await import('./releases.ts');
    const folder = await mirrorFolder(text);
    if (folder !== undefined) {
      const { openFolderRelease } = await import('../../payload/outputs/mirror-folder.ts');
      const { payload, disk } = await openFolderRelease(folder.path, folder.reference, undefined, { platform: /^/ });
      const name = payload.pullSpec.replace(/@.*$/u, '');
      const releases = await platformReleases(disk, payload.listDigest ?? payload.digest, this.#platforms, name);
      return { payload: releases.payload, images: await imagesOf(releases, beside(disk)) };
    }
    const { source, reference, pullSpec } = await this.open(text);
    const releases = await platformReleases(source, reference, this.#platforms);
    const open = pullSpec === null ? beside(source) : async (spec: string) => await this.#pull(spec);
    return { payload: releases.payload, images: await imagesOf(releases, open) };
  }

  /** Every named image of a layout or archive. Throws `CLI_FILE_UNREADABLE` for anything else. */
  async all(text: string): Promise<OpenedSource[]> {
    const files = await this.#files(text);
    if (!files)
      throw new SlipwayError('CLI_FILE_UNREADABLE', 'there is no such folder or archive.', { place: { file: text } });
    return files.images.names.map((reference) => ({
      source: files.images.source,
      reference,
      name: shortName(reference),
      pullSpec: null,
    }));
  }

  async #files(text: string) {
    const prefix = PREFIXES.find((known) => text.startsWith(known));
    if (prefix === 'docker://') return undefined;
    const rest = text.slice(prefix?.length ?? 0);
    const split = await splitPath(rest);
    if (split) return { ...split, images: await this.#openPath(split.path) };
    if (prefix === undefined) return undefined;
    throw new SlipwayError('CLI_FILE_UNREADABLE', 'the file does not exist.', { place: { file: rest } });
  }

  #openPath(path: string): Promise<NamedImages> {
    const known = this.#opened.get(path) ?? openPath(path);
    this.#opened.set(path, known);
    return known;
  }

  async #pull(text: string): Promise<OpenedSource> {
    const { namedImage } = await import('../../registry.ts');
    const { repository, selector, reference } = namedImage(await this.#client(), text);
    return { source: repository, reference: selector, name: shortName(reference.repository), pullSpec: text };
  }
}

/** A folder of mirrored repositories: `DIR`, or `DIR:TAG`. */
async function mirrorFolder(text: string): Promise<{ path: string; reference: string | undefined } | undefined> {
  const { FOLDER_REPOSITORY } = await import('../../payload/outputs/mirror-folder.ts');
  const split = await splitPath(text);
  if (!split || (await kindOf(join(split.path, 'v2'))) !== 'folder') return undefined;
  const { path, name } = split;
  return { path, reference: name === undefined ? undefined : `file://${FOLDER_REPOSITORY}:${name}` };
}

const shortName = (name: string): string =>
  name
    .replace(/@.*$/u, '')
    .replace(/:[^:/]*$/u, '')
    .split('/')
    .at(-1) || name;

async function openPath(path: string): Promise<NamedImages> {
  const { openArchive, openLayout } = await import('../../../oci/index.ts');
  if ((await kindOf(path)) === 'folder') {
    const layout = await openLayout(path);
    return { source: layout, names: layout.images().map(({ name }) => name) };
  }
  const format = await databaseFormat(path);
  if (format !== undefined) {
    return { source: await databaseImage(path, format), names: [basename(path)] };
  }
  const archive = await openArchive(path);
  return { source: archive, names: archive.images().map(({ name }) => name) };
}
