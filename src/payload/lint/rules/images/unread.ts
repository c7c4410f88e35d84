import { isOperator, PAYLOAD_FOLDER } from '../../../assemble/index.ts';
import type { DroppedEntry } from '../../../files.ts';
import { isManifestFile } from '../../../manifest/index.ts';
import { basesOf } from '../../../trust/index.ts';
import type { ComponentImage } from '../../../types.ts';
import type { LintRule, Problem } from '../../types.ts';
import { error, finding, warning } from '../problem.ts';

function isInSubFolder(name: string): boolean {
  return name.includes('/');
}

/** What is in `/manifests` of an image and is no file of the folder itself. */
function unreadOf({ manifests = [], dropped = [] }: ComponentImage): readonly DroppedEntry[] {
  const deeper = manifests.filter(({ name }) => isInSubFolder(name));
  return [...dropped, ...deeper.map(({ name }) => ({ name, what: 'in a sub-folder' }))];
}

/**
 * An entry of a folder that a Cluster Version Operator reads. It passes over sub-folders and over what is named like no
 * manifest, follows links, and refuses the payload when one leads nowhere it can read (its pkg/payload, LoadUpdate).
 */
function problemOfReader(folder: string, { name, what }: DroppedEntry, image: string): Problem {
  const place = { image, file: `${folder}/${name}` };
  return !isInSubFolder(name) && isManifestFile(name)
    ? error(
        `/${folder}/${name} is ${what}: a Cluster Version Operator takes what it leads to, or refuses the release; oc takes nothing.`,
        place,
      )
    : warning(`/${folder}/${name} is ${what}: no Cluster Version Operator reads it.`, place);
}

/** What lies beside the manifests and does not get to a cluster as one. */
export const UNREAD: readonly LintRule[] = [
  {
    id: 'P013',
    title: 'what a Cluster Version Operator reads from are folders of plain files',
    *check({ payload, components }) {
      for (const entry of payload.dropped) yield problemOfReader(PAYLOAD_FOLDER, entry, payload.pullSpec);
      const [base] = basesOf(payload, components);
      if (base === undefined) return;
      for (const entry of unreadOf(base)) yield problemOfReader('manifests', entry, base.pullSpec);
    },
  },
  {
    id: 'I108',
    title: "everything in an operator's /manifests is a file of the folder, so that it gets into the release",
    *check({ payload, components }) {
      // What the release is built on keeps its /manifests: P013 judges them.
      const bases = new Set(basesOf(payload, components));
      for (const component of components) {
        if (!isOperator(component.labels) || bases.has(component)) continue;
        for (const { name, what } of unreadOf(component)) {
          const folder = name === '';
          const lost = folder || isManifestFile(name);
          yield finding(
            !lost ? 'info' : isInSubFolder(name) ? 'warning' : 'error',
            `${folder ? '/manifests' : `/manifests/${name}`} of "${component.name}" is ${what}: it is not part of the release.`,
            { image: component.pullSpec, file: folder ? 'manifests' : `manifests/${name}` },
          );
        }
      }
    },
  },
];
