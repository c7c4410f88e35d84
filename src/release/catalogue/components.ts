import type { AuditReport } from '../../audit/index.ts';
import { loadImage, parseReference } from '../../oci/index.ts';
import type { Payload } from '../../payload/index.ts';
import { SlipwayError } from '../../util/index.ts';
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

type Images = Pick<Tools, 'repositories' | 'definition'>;

/** The image of a component, or why it can not be read: what the payload says of the component is known without it. */
async function imageOf(digest: string | undefined, { repositories, definition }: Images) {
  if (digest === undefined) return { problem: null };
  try {
    const { architecture } = definition;
    return { image: await loadImage(repositories.stagingContent, digest, { architecture }), problem: null };
  } catch (error) {
    if (error instanceof SlipwayError) return { problem: error.describe() };
    throw error;
  }
}

/** Components of a payload with what their images say of themselves. */
export async function componentViews(payload: Payload, tools: Images, report: AuditReport | undefined) {
  return await Promise.all(
    payload.imageReferences.tags.map(async (tag) => {
      const pullSpec = tag.from?.name ?? '';
      const { digest } = parseReference(pullSpec);
      const { image, problem } = await imageOf(digest, tools);
      const commit = tag.annotations?.['io.openshift.build.commit.id'] ?? '';
      const source = tag.annotations?.['io.openshift.build.source-location'] ?? '';
      return {
        name: tag.name,
        pullSpec,
        operator: problem === null ? image?.config.config?.Labels?.[OPERATOR] !== undefined : null,
        sourceLocation: source === '' ? null : source,
        commit: commit === '' ? null : commit,
        packages:
          report === undefined
            ? null
            : (report.images.find((candidate) => candidate.name === tag.name)?.packages.length ?? 0),
        sizeBytes: problem === null ? (image?.manifest.layers.reduce((sum, layer) => sum + layer.size, 0) ?? 0) : null,
        problem,
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
