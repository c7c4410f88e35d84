import { isTag } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { isSemver, parseOkdVersion } from '../../version/index.ts';
import type { TagReference } from '../stream/index.ts';
import { goQuote } from '../text/index.ts';
import { nearest } from './candidates.ts';

/**
 * A release's name must be an OKD version, or with `anyVersion` a semantic version, as oc asks.
 * Throws `PAYLOAD_NAME_INVALID`.
 */
export function checkName(name: string, anyVersion: boolean): void {
  if (anyVersion) {
    if (isSemver(name)) return;
    throw new SlipwayError('PAYLOAD_NAME_INVALID', `--name must be a semantic version: "${name}" is none.`, {
      place: { field: '--name' },
    });
  }
  try {
    parseOkdVersion(name);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw new SlipwayError('PAYLOAD_NAME_INVALID', `--name must be an OKD version: ${cause.message}`, {
      place: { field: '--name' },
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      cause,
    });
  }
}

/** Throws `PAYLOAD_COMPONENT_DUPLICATE` when two components have one name, which oc takes without a word. */
export function checkUnique(tags: readonly TagReference[]): void {
  const seen = new Set<string>();
  for (const { name } of tags) {
    if (seen.has(name)) {
      throw new SlipwayError('PAYLOAD_COMPONENT_DUPLICATE', `two components have the name ${goQuote(name)}.`, {
        place: { field: `spec.tags[${name}]` },
        hint: 'A payload names each component once; remove one of them or rename it.',
      });
    }
    seen.add(name);
  }
}

/** Throws `PAYLOAD_COMPONENT_UNKNOWN` when something is to be kept that is not there. */
export function checkIncluded(names: readonly string[], tags: readonly Pick<TagReference, 'name'>[]): void {
  const known = new Set(tags.map(({ name }) => name));
  const name = names.find((wanted) => !known.has(wanted));
  if (name === undefined) return;
  const candidates = nearest(name, [...known]);
  throw new SlipwayError('PAYLOAD_COMPONENT_UNKNOWN', `the release has no component ${goQuote(name)}.`, {
    place: { field: '--include' },
    ...(candidates.length === 0 ? {} : { hint: `Did you mean ${candidates.join(' or ')}?` }),
  });
}

/** Throws `PAYLOAD_BASE_MISSING` when the component that the release is built on is not there. */
export function checkBase(baseTag: string, tags: readonly Pick<TagReference, 'name'>[]): void {
  if (tags.some(({ name }) => name === baseTag)) return;
  throw new SlipwayError(
    'PAYLOAD_BASE_MISSING',
    `the base image tag ${goQuote(baseTag)} could not be found in the input, cannot build a release image`,
    { place: { field: '--to-image-base-tag' } },
  );
}

/**
 * The name of a component is that of a tag of an image stream: it becomes a part of file names in the payload and of
 * tags in mirrors, so it may hold nothing that leads out of a folder (distribution-spec 1.1, § Pulling manifests: the
 * grammar of `<reference>`). Throws `PAYLOAD_COMPONENT_NAME`.
 */
export function checkComponentName(name: string): void {
  if (isTag(name)) return;
  throw new SlipwayError('PAYLOAD_COMPONENT_NAME', `${goQuote(name)} is no name of a component.`, {
    place: { field: `spec.tags[${goQuote(name)}]` },
    hint: 'It has up to 128 letters, digits, dots, hyphens and underscores, and begins with a letter, digit or underscore.',
  });
}

/** Longest name of a file on the systems that unpack images (NAME_MAX). */
const LONGEST_FILE_NAME = 255;

/**
 * A file of the payload has no folder in its name, nor what a terminal or another system takes for more than a name;
 * `origin` says where it came from. Throws `PAYLOAD_FILE_NAME`.
 */
export function checkFileName(name: string, origin: { readonly image?: string; readonly file?: string } = {}): void {
  const refuse = (reason: string): SlipwayError =>
    new SlipwayError('PAYLOAD_FILE_NAME', `a file of the payload has ${reason}: ${goQuote(name)}.`, {
      place: { file: name, ...origin },
    });
  if (name === '' || name === '.' || name === '..' || /[/\\]/.test(name)) throw refuse('a name that leaves its folder');
  if (/\p{Cc}/u.test(name)) throw refuse('control characters in its name');
  if (Buffer.byteLength(name) > LONGEST_FILE_NAME)
    throw refuse(`a name of more than ${LONGEST_FILE_NAME} bytes, which no system can unpack`);
}
