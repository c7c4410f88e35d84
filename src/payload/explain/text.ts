import { plural, printable } from '../../util/index.ts';
import { type ExplainedObject, type Explanation, labelOf } from './explain.ts';

function lineOf(object: ExplainedObject): string {
  const label = labelOf(object);
  return object.excluded === null ? `  + ${label}` : `  - ${label}: ${object.excluded}`;
}

/** For people: by file, in the order in which the operator reads them; what is left out with its reason. */
export function explanationText({ version, cluster, order, objects, applied, excluded }: Explanation): string {
  const capabilities = cluster.capabilities === null ? 'all' : cluster.capabilities.join(', ') || 'none';
  const head = [
    `${version}, ${order}`,
    `profile ${cluster.profile}, feature set ${cluster.featureSet}, ${plural(cluster.featureGates.length, 'feature gate')} enabled`,
    `capabilities: ${capabilities}`,
    '',
  ];
  const files = [...Map.groupBy(objects, ({ file }) => file)].flatMap(([file, own]) => [file, ...own.map(lineOf)]);
  return [...head, ...files, '', `${plural(applied, 'object')} applied, ${excluded} left out`, '']
    .map(printable)
    .join('\n');
}
