import type { AuditReport } from '../../audit/index.ts';
import { loadImage, parseReference } from '../../oci/index.ts';
import type { Payload } from '../../payload/index.ts';
import type { Tools } from '../context.ts';

const OPERATOR = 'io.openshift.release.operator';

/** `kubernetes=1.34.1,kubectl=1.34.1` as a record. */
function versionsOf(annotation: string | undefined): Record<string, string> {
  const pairs = (annotation ?? '').split(',').flatMap((pair) => {
    const [name, ...version] = pair.trim().split('=');
    return name === undefined || name === '' || version.length === 0 ? [] : [[name, version.join('=')] as const];
  });
  return Object.fromEntries(pairs);
}

/** Components of a payload with what their images say of themselves. */
export async function componentViews(
  payload: Payload,
  { repositories, definition }: Tools,
  report: AuditReport | undefined,
) {
  return await Promise.all(
    payload.imageReferences.tags.map(async (tag) => {
      const pullSpec = tag.from?.name ?? '';
      const { digest } = parseReference(pullSpec);
      const image =
        digest === undefined
          ? undefined
          : await loadImage(repositories.stagingContent, digest, { architecture: definition.architecture });
      const commit = tag.annotations?.['io.openshift.build.commit.id'] ?? '';
      const source = tag.annotations?.['io.openshift.build.source-location'] ?? '';
      return {
        name: tag.name,
        pullSpec,
        operator: image?.config.config?.Labels?.[OPERATOR] !== undefined,
        sourceLocation: source === '' ? null : source,
        commit: commit === '' ? null : commit,
        packages:
          report === undefined
            ? null
            : (report.images.find((candidate) => candidate.name === tag.name)?.packages.length ?? 0),
        sizeBytes: image?.manifest.layers.reduce((sum, layer) => sum + layer.size, 0) ?? 0,
        versions: versionsOf(tag.annotations?.['io.openshift.build.versions']),
      };
    }),
  );
}

/** Versions of the parts a user knows by name: Kubernetes, the node's operating system. */
export function componentVersions(payload: Payload) {
  const found = new Map<string, { name: string; displayName: string; version: string }>();
  for (const tag of payload.imageReferences.tags) {
    const display = versionsOf(tag.annotations?.['io.openshift.build.version-display-names']);
    for (const [name, version] of Object.entries(versionsOf(tag.annotations?.['io.openshift.build.versions']))) {
      found.set(name, { name, displayName: display[name] ?? name, version });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
