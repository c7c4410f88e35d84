import { messageOf } from '../../../../util/index.ts';
import {
  COMMIT_ID,
  DEFAULT_BASE_TAG,
  INCLUDE_KEY,
  isOperator,
  nameInPayload,
  OPERATOR_LABEL,
  REFERENCES_FILE,
  SOURCE_LOCATION,
} from '../../../assemble/index.ts';
import type { LayeredFile } from '../../../files.ts';
import { listAt, parseYaml, splitDocuments, textAt } from '../../../manifest/index.ts';
import {
  DISPLAY_NAMES_LABEL,
  parseComponentVersions,
  releaseVersions,
  VERSIONS_LABEL,
} from '../../../versions/index.ts';
import type { LintRule } from '../../types.ts';
import { error, finding, warning } from '../problem.ts';

const NODE_IMAGE = /^stream-coreos(?:-\d+)?$/;
const NODE_EXTENSIONS = /^stream-coreos(?:-\d+)?-extensions$/;
/** Node images of other distributions: the licence of one, the past of the other. */
const FOREIGN_NODE_IMAGE = /^(?:rhel-coreos|fedora-coreos|machine-os-content)/;

const DIGEST = /sha(?:256|512):[0-9a-f]{64,128}/g;
const DAY = 86_400_000;
/** Nightlies rebuild what changed; an image that nobody rebuilt for half a year has the packages of that time. */
const OLD_DAYS = 180;
/** Images that are built reproducibly may state 1970, or no time at all: before containers, no image was built. */
const FIRST_TIME = Date.UTC(2014, 0);

/** Tags that an operator's `image-references` names. Throws `PAYLOAD_YAML_INVALID`. */
function referencedTags({ name, bytes }: LayeredFile): readonly string[] {
  const [document] = splitDocuments(Buffer.from(bytes).toString('utf8'));
  const object = document === undefined ? null : parseYaml(document, name);
  return listAt(object, 'spec', 'tags').map((tag) => textAt(tag, 'name'));
}

/** What the component images must be. */
export const IMAGES: readonly LintRule[] = [
  {
    id: 'I101',
    title: 'an operator brings manifests, in its last layer',
    *check({ components, payload }) {
      const shipped = new Set(payload.files.map((file) => file.name));
      for (const { name, pullSpec, labels, manifests, layers } of components) {
        if (!isOperator(labels) || manifests === undefined) continue;
        const place = { image: pullSpec };
        const own = manifests.filter((file) => !file.name.includes('/') && file.name !== REFERENCES_FILE);
        if (own.length === 0) {
          yield error(`The operator "${name}" has no manifests.`, place);
          continue;
        }
        // An error where they are lost, as oc loses them (payload format § 1.12, B1). Slipway reads all layers: where the
        // release has them, only who makes it again with oc would lose them.
        const lower = own.filter(({ layer }) => layer !== layers.length - 1);
        const lost = lower.filter((file) => !shipped.has(nameInPayload(name, file.name)));
        const [some, severity, what] =
          lost.length > 0
            ? ([lost, 'error', 'and the release lacks them'] as const)
            : ([lower, 'warning', 'oc would leave them out'] as const);
        if (some.length > 0) {
          yield finding(
            severity,
            `${some.length} of the ${own.length} manifests of "${name}" are not in its last layer: ${what}.`,
            place,
          );
        }
      }
    },
  },
  {
    id: 'I102',
    title: 'an image with manifests says that it is an operator',
    *check({ components }) {
      for (const { name, pullSpec, labels, manifests = [] } of components) {
        if (isOperator(labels) || name === DEFAULT_BASE_TAG || manifests.length === 0) continue;
        yield warning(
          `"${name}" has ${manifests.length} files in /manifests but no label ${OPERATOR_LABEL}: they are not part of the payload.`,
          { image: pullSpec },
        );
      }
    },
  },
  {
    id: 'I103',
    title: 'every component is used by an operator or a manifest',
    *check({ payload, files, components }) {
      const operators = components.filter(({ labels }) => isOperator(labels));
      const used = new Set([
        DEFAULT_BASE_TAG,
        ...operators.map(({ name }) => name),
        // Those that somebody asked to keep, as Slipway records them.
        ...textAt(payload.metadata.metadata, INCLUDE_KEY).split(','),
      ]);
      for (const { pullSpec, manifests = [] } of operators) {
        for (const file of manifests.filter(({ name }) => name === REFERENCES_FILE)) {
          try {
            for (const tag of referencedTags(file)) used.add(tag);
          } catch (cause) {
            const place = { image: pullSpec, file: `manifests/${REFERENCES_FILE}` };
            yield error(messageOf(cause), place);
          }
        }
      }
      const named = new Set(files.flatMap(({ text }) => text.match(DIGEST) ?? []));
      for (const { name, pullSpec, digest } of payload.images) {
        if (used.has(name) || named.has(digest)) continue;
        yield warning(`No operator and no manifest uses "${name}".`, { file: REFERENCES_FILE, image: pullSpec });
      }
    },
  },
  {
    id: 'I104',
    title: 'every component says which commit of which source it was built from',
    *check({ payload }) {
      for (const { name, annotations } of payload.imageReferences.tags) {
        const commit = annotations?.[COMMIT_ID] ?? '';
        const source = annotations?.[SOURCE_LOCATION] ?? '';
        const place = { file: REFERENCES_FILE, image: name };
        if (!/^[0-9a-f]{40}$/.test(commit))
          yield warning(
            `The commit of "${name}" is ${commit === '' ? 'not known' : `"${commit}", which is no SHA-1`}.`,
            place,
          );
        if (!source.startsWith('https://') || !URL.canParse(source))
          yield warning(
            `The source of "${name}" is ${source === '' ? 'not known' : `"${source}", which is no https URL`}.`,
            place,
          );
      }
    },
  },
  {
    id: 'I105',
    title: 'component versions agree, and the node image names its own',
    *check({ payload }) {
      const { tags } = payload.imageReferences;
      const place = { file: REFERENCES_FILE };
      let readable = true;
      for (const { name, annotations } of tags) {
        try {
          parseComponentVersions(annotations?.[VERSIONS_LABEL] ?? '', annotations?.[DISPLAY_NAMES_LABEL] ?? '');
        } catch (cause) {
          readable = false;
          yield error(`The versions of "${name}" cannot be read: ${messageOf(cause)}`, { ...place, image: name });
        }
      }
      if (!readable) return;
      const { versions, warnings } = releaseVersions(payload.imageReferences);
      for (const message of warnings) yield error(`There are ${message}.`, place);
      const os = versions.get('machine-os');
      if (os === undefined) yield error('No component declares the version machine-os.', place);
      else if (os.displayName === '') yield error(`The version machine-os ${os.version} has no display name.`, place);
      for (const { name, annotations } of tags) {
        if (NODE_IMAGE.test(name) && !(annotations?.[VERSIONS_LABEL] ?? '').includes('machine-os='))
          yield error(`The node image "${name}" does not declare machine-os.`, { ...place, image: name });
      }
    },
  },
  {
    id: 'I106',
    title: 'the node images are those of CentOS Stream CoreOS',
    *check({ payload }) {
      const names = payload.imageReferences.tags.map(({ name }) => name);
      for (const name of names) {
        if (FOREIGN_NODE_IMAGE.test(name))
          yield error(`"${name}" is a node image of another distribution.`, { file: REFERENCES_FILE, image: name });
      }
      if (!names.some((name) => NODE_IMAGE.test(name)))
        yield error('The release has no node image "stream-coreos".', { file: REFERENCES_FILE });
      if (!names.some((name) => NODE_EXTENSIONS.test(name)))
        yield error('The release has no "stream-coreos-extensions": machines cannot install extensions.', {
          file: REFERENCES_FILE,
        });
    },
  },
  {
    id: 'I107',
    title: 'components are built for the architecture of the release, and not long before each other',
    *check({ payload, components }) {
      const built = components.flatMap(({ name, pullSpec, created = '' }) => {
        const time = Date.parse(created);
        return time >= FIRST_TIME ? [{ name, pullSpec, time }] : [];
      });
      const newest = Math.max(...built.map(({ time }) => time));
      for (const { name, pullSpec, time } of built) {
        const days = Math.floor((newest - time) / DAY);
        if (days > OLD_DAYS)
          yield warning(
            `"${name}" was built ${days} days before the newest component: it lacks what its base image got since.`,
            { image: pullSpec },
          );
      }
      const { architecture } = payload.image.config;
      for (const image of components) {
        if (image.architecture !== architecture)
          yield warning(`"${image.name}" is built for ${image.architecture}, the release for ${architecture}.`, {
            image: image.pullSpec,
          });
      }
    },
  },
];
