import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapLimit, messageOf, readFileBounded, SlipwayError } from '../../util/index.ts';
import { type ClusterFacts, factsOf } from './facts.ts';
import { parseResources, type Resource } from './resources.ts';

/**
 * The files that facts are drawn from, in the layouts of `oc adm inspect` (must-gather: one file an object, or one
 * list), of resourcewatch, and of the Insights Operator's archive. Everything else, logs above all, is not opened.
 */
const WANTED: readonly {
  readonly pattern: RegExp /** Of files whose objects do not say (Insights). */;
  readonly kind?: string;
}[] = [
  {
    pattern:
      /\/config\.openshift\.io\/(clusterversions|clusteroperators|infrastructures|featuregates|proxies)(\/[^/]+)?\.yaml$/,
  },
  { pattern: /\/operator\.openshift\.io\/(networks|cloudcredentials)(\/[^/]+)?\.yaml$/ },
  { pattern: /\/core\/(nodes|nodes\/[^/]+)\.yaml$/ },
  { pattern: /\/operators\.coreos\.com\/clusterserviceversions(\/[^/]+)?\.yaml$/ },
  { pattern: /\/openshift-config\/(core\/)?configmaps(\/openshift-install[^/]*)?\.yaml$/ },
  { pattern: /\/config\/version\.json$/, kind: 'ClusterVersion' },
  { pattern: /\/config\/infrastructure\.json$/, kind: 'Infrastructure' },
  { pattern: /\/config\/featuregate\.json$/, kind: 'FeatureGate' },
  { pattern: /\/config\/proxy\.json$/, kind: 'Proxy' },
  { pattern: /\/config\/node\/[^/]+\.json$/, kind: 'Node' },
  { pattern: /\/config\/clusteroperator\/[^/]+\.json$/, kind: 'ClusterOperator' },
];
const MAX_FILES = 100_000;
/** Of one file: a list of all nodes of a large cluster has some MB. */
const MAX_BYTES = 256 << 20;
const AT_ONCE = 16;

/**
 * Facts of a must-gather, an Insights archive (both unpacked), or a file with a ClusterVersion. Throws
 * `GRAPH_CLUSTER_UNREADABLE`, `GRAPH_CLUSTER_INVALID` naming the file.
 */
export async function readMustGather(path: string): Promise<ClusterFacts> {
  let files: string[];
  try {
    files = (await stat(path)).isDirectory() ? await wantedFiles(path) : [path];
  } catch (cause) {
    throw new SlipwayError('GRAPH_CLUSTER_UNREADABLE', `the cluster's state could not be read: ${messageOf(cause)}.`, {
      place: { file: path },
      cause,
    });
  }
  const resources: Resource[] = [];
  await mapLimit(files, AT_ONCE, async (file) => {
    const text = (await readFileBounded(file, { limit: MAX_BYTES })).toString('utf8');
    if (text.trim() !== '')
      resources.push(...parseResources(text, file, WANTED.find(({ pattern }) => pattern.test(file))?.kind));
  });
  return factsOf(
    resources.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
    path,
  );
}

async function wantedFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  const open = [root];
  let seen = 0;
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (++seen > MAX_FILES)
        throw new SlipwayError('GRAPH_CLUSTER_UNREADABLE', 'the folder holds too many files for a must-gather.', {
          place: { file: root },
        });
      // logs of pods are most of an archive, and say nothing here
      if (entry.isDirectory() && entry.name !== 'pods' && entry.name !== 'pod') open.push(path);
      else if (WANTED.some(({ pattern }) => pattern.test(path))) found.push(path);
    }
  }
  return found.sort();
}
