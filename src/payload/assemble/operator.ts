import { messageOf, SlipwayError } from '../../util/index.ts';
import type { PayloadFile } from '../files.ts';
import { isManifestFile, isObject, parseFully, parseYaml, splitDocuments, textAt, textOf } from '../manifest/index.ts';
import { parseImageStream, type TagReference } from '../stream/index.ts';
import { compareBytes, goQuote } from '../text/index.ts';
import type { ComponentVersions } from '../types.ts';
import { nearest } from './candidates.ts';
import { type ImageMapping, imageMapper, type Substitution } from './image-mapper.ts';
import { versionMapper } from './version-mapper.ts';
import { versionsOfTags } from './versions.ts';

export const REFERENCES_FILE = 'image-references';

/** The files of an operator's `/manifests`. */
export interface Operator {
  readonly tag: string;
  /** Path relative to `/manifests`; those in sub-folders are not taken, as in oc (the linter reports them). */
  readonly files: readonly PayloadFile[];
}

export interface OperatorContext {
  readonly releaseName: string;
  /** Components of the release, by name. */
  readonly tags: ReadonlyMap<string, TagReference>;
  /** Every component of the input, pruned ones too: what a wrong name may have meant. */
  readonly candidates: readonly string[];
  /** oc's `--allow-missing-images`. */
  readonly allowMissingImages: boolean;
  /** oc's `--skip-manifest-check`. */
  readonly skipManifestCheck: boolean;
  /** oc's `--component-versions`, which has no effect there (payload format § 1.12, B12): defaults, key by key. */
  readonly defaultVersions?: ComponentVersions;
}

/** The tags that an operator's `image-references` names. Throws naming the operator and the file. */
export function referencedTags(operator: Operator): readonly { readonly name: string; readonly source: string }[] {
  const file = operator.files.find(({ name }) => name === REFERENCES_FILE);
  if (file === undefined) return [];
  const place = `${operator.tag}/${REFERENCES_FILE}`;
  const stream = ((): ReturnType<typeof parseImageStream> => {
    try {
      return parseImageStream(file.bytes, place);
    } catch (cause) {
      throw invalidReferences(operator.tag, cause);
    }
  })();
  return stream.tags
    .filter(({ from }) => from?.kind === 'DockerImage')
    .map(({ name, from }) => {
      if (from === undefined || from.name === '')
        throw invalidReferences(operator.tag, new Error(`no from.name for the tag ${name}`));
      return { name, source: from.name };
    });
}

function invalidReferences(tag: string, cause: unknown, hint?: string): SlipwayError {
  return new SlipwayError(
    cause instanceof SlipwayError ? cause.code : 'PAYLOAD_IMAGE_REFERENCES_INVALID',
    `operator ${goQuote(tag)} contained an invalid image-references file: ${messageOf(cause)}`,
    {
      place: {
        image: tag,
        file: `manifests/${REFERENCES_FILE}`,
        ...(cause instanceof SlipwayError && cause.place.line !== undefined ? { line: cause.place.line } : {}),
      },
      ...(hint === undefined ? {} : { hint }),
      cause,
    },
  );
}

/**
 * An operator's manifests as they stand in the payload, before they get their final names: images and versions
 * substituted, each checked to be a Kubernetes object (payload format § 1.8 to 1.10).
 */
export function transformOperator(operator: Operator, context: OperatorContext): readonly PayloadFile[] {
  const references = referencedTags(operator);
  const mappings = new Map<string, ImageMapping>();
  const found: TagReference[] = [];
  for (const { name, source } of references) {
    const tag = context.tags.get(name);
    if (tag?.from === undefined) {
      if (context.allowMissingImages) continue;
      const candidates = nearest(name, context.candidates);
      const reason = new SlipwayError('PAYLOAD_COMPONENT_UNKNOWN', `no input image tag named ${goQuote(name)}`);
      const hint = `The release has no component of that name${candidates.length === 0 ? '.' : `; did you mean ${candidates.map((candidate) => `"${candidate}"`).join(' or ')}?`}`;
      throw invalidReferences(operator.tag, reason, hint);
    }
    found.push(tag);
    mappings.set(name, { sourceRepository: source, targetPullSpec: tag.from.name });
  }
  const substitute = ((): Substitution => {
    try {
      const images = imageMapper(mappings);
      const { versions: declared, tagsByName } = versionsOfTags(found);
      const known = new Map([...(context.defaultVersions ?? []), ...declared]);
      const versions = versionMapper({ releaseName: context.releaseName, versions: known, tagsByName });
      return (bytes) => versions(images(bytes));
    } catch (cause) {
      throw invalidReferences(operator.tag, cause);
    }
  })();
  return operator.files
    .filter(({ name }) => name !== REFERENCES_FILE && !name.includes('/'))
    .sort((a, b) => compareBytes(a.name, b.name))
    .map((file) => {
      const path = `${operator.tag}/${file.name}`;
      if (!context.skipManifestCheck) checkManifest(file, path);
      try {
        return { ...file, bytes: substitute(file.bytes) };
      } catch (cause) {
        if (!(cause instanceof SlipwayError)) throw cause;
        throw new SlipwayError(cause.code, cause.message, {
          place: { image: operator.tag, file: `manifests/${file.name}` },
          cause,
        });
      }
    });
}

/**
 * Refuses a manifest that is not YAML or JSON, or whose documents are not Kubernetes objects. oc looks only at the
 * first document of a file; the Cluster Version Operator refuses the payload for any of them, so all are checked here.
 */
function checkManifest(file: PayloadFile, path: string): void {
  if (!isManifestFile(file.name)) return;
  const text = textOf(file.bytes, path);
  let objects = 0;
  for (const document of splitDocuments(text)) {
    const object = parseYaml(document, path);
    // oc reads JSON as YAML too.
    if (document.json === true && objects === 0) parseFully(document, path);
    if (object === null) continue;
    objects++;
    const shown = document.text.trim().slice(0, 200);
    if (!isObject(object))
      throw notAnObject(`${path}: not a valid YAML/JSON object, got: ${shown}`, path, document.line);
    if (textAt(object, 'kind') === '' || textAt(object, 'apiVersion') === '') {
      throw notAnObject(
        `${path}: manifests must contain Kubernetes API objects with 'kind' and 'apiVersion' set: ${shown}`,
        path,
        document.line,
      );
    }
  }
  if (objects === 0)
    throw notAnObject(`${path}: not a valid YAML/JSON object, got: ${text.trim().slice(0, 200)}`, path, 1);
}

function notAnObject(message: string, file: string, line: number): SlipwayError {
  return new SlipwayError('PAYLOAD_MANIFEST_INVALID', message, { place: { file, line } });
}
