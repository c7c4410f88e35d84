import { messageOf } from '../../../util/index.ts';
import { DEFAULT_BASE_TAG, INCLUDE_KEY } from '../../assemble/assemble.ts';
import { COMMIT_ID, isOperator, OPERATOR_LABEL, SOURCE_LOCATION } from '../../assemble/labels.ts';
import { REFERENCES_FILE } from '../../assemble/operator.ts';
import { isManifestFile, listAt, textAt } from '../../manifest/parse.ts';
import { parseYaml, splitDocuments } from '../../manifest/yaml.ts';
import type { LayeredFile } from '../../types.ts';
import { releaseVersions } from '../../versions/combined.ts';
import { DISPLAY_NAMES_LABEL, parseComponentVersions, VERSIONS_LABEL } from '../../versions/component-versions.ts';
import type { LintRule } from '../types.ts';

const NODE_IMAGE = /^stream-coreos(?:-\d+)?$/;
const NODE_EXTENSIONS = /^stream-coreos(?:-\d+)?-extensions$/;
/** Node images of other distributions: the licence of one, the past of the other. */
const FOREIGN_NODE_IMAGE = /^(?:rhel-coreos|fedora-coreos|machine-os-content)/;

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
    *check({ components }) {
      for (const { name, pullSpec, labels, manifests, layers } of components) {
        if (!isOperator(labels) || manifests === undefined) continue;
        const place = { image: pullSpec };
        const own = manifests.filter((file) => !file.name.includes('/') && file.name !== REFERENCES_FILE);
        if (own.length === 0) {
          yield { severity: 'error', message: `The operator "${name}" has no manifests.`, place };
          continue;
        }
        const lower = own.filter(({ layer }) => layer !== layers.length - 1);
        if (lower.length > 0) {
          yield {
            severity: 'warning',
            message: `${lower.length} of the ${own.length} manifests of "${name}" are not in its last layer: oc would leave them out.`,
            place,
          };
        }
        for (const file of manifests.filter(({ name }) => name.includes('/') && isManifestFile(name))) {
          yield {
            severity: 'warning',
            message: `The manifest ${file.name} of "${name}" is in a sub-folder and not part of the payload.`,
            place: { ...place, file: `manifests/${file.name}` },
          };
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
        yield {
          severity: 'warning',
          message: `"${name}" has ${manifests.length} files in /manifests but no label ${OPERATOR_LABEL}: they are not part of the payload.`,
          place: { image: pullSpec },
        };
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
            yield { severity: 'error', message: messageOf(cause), place };
          }
        }
      }
      const text = files.map((file) => file.text).join('\n');
      for (const { name, pullSpec, digest } of payload.images) {
        if (used.has(name) || text.includes(digest)) continue;
        yield {
          severity: 'warning',
          message: `No operator and no manifest uses "${name}".`,
          place: { file: REFERENCES_FILE, image: pullSpec },
        };
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
          yield {
            severity: 'warning',
            message: `The commit of "${name}" is ${commit === '' ? 'not known' : `"${commit}", which is no SHA-1`}.`,
            place,
          };
        if (!source.startsWith('https://') || !URL.canParse(source))
          yield {
            severity: 'warning',
            message: `The source of "${name}" is ${source === '' ? 'not known' : `"${source}", which is no https URL`}.`,
            place,
          };
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
          yield {
            severity: 'error',
            message: `The versions of "${name}" cannot be read: ${messageOf(cause)}`,
            place: { ...place, image: name },
          };
        }
      }
      if (!readable) return;
      const { versions, warnings } = releaseVersions(payload.imageReferences);
      for (const message of warnings) yield { severity: 'error', message: `There are ${message}.`, place };
      const os = versions.get('machine-os');
      if (os === undefined)
        yield { severity: 'error', message: 'No component declares the version machine-os.', place };
      else if (os.displayName === '')
        yield { severity: 'error', message: `The version machine-os ${os.version} has no display name.`, place };
      for (const { name, annotations } of tags) {
        if (NODE_IMAGE.test(name) && !(annotations?.[VERSIONS_LABEL] ?? '').includes('machine-os='))
          yield {
            severity: 'error',
            message: `The node image "${name}" does not declare machine-os.`,
            place: { ...place, image: name },
          };
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
          yield {
            severity: 'error',
            message: `"${name}" is a node image of another distribution.`,
            place: { file: REFERENCES_FILE, image: name },
          };
      }
      if (!names.some((name) => NODE_IMAGE.test(name)))
        yield {
          severity: 'error',
          message: 'The release has no node image "stream-coreos".',
          place: { file: REFERENCES_FILE },
        };
      if (!names.some((name) => NODE_EXTENSIONS.test(name)))
        yield {
          severity: 'info',
          message: 'The release has no "stream-coreos-extensions": machines cannot install extensions.',
          place: { file: REFERENCES_FILE },
        };
    },
  },
  {
    id: 'I107',
    title: 'components are built for the architecture of the release',
    *check({ payload, components }) {
      const { architecture } = payload.image.config;
      for (const image of components) {
        if (image.architecture !== architecture)
          yield {
            severity: 'warning',
            message: `"${image.name}" is built for ${image.architecture}, the release for ${architecture}.`,
            place: { image: image.pullSpec },
          };
      }
    },
  },
];
