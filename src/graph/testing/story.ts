import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { parseEvidence } from '../evidence/parse.ts';
import type { CompiledGraph, GraphRelease } from '../types.ts';
import { sha } from './graph.ts';

/**
 * For tests: okd#2340 and okd#2348, told again: 4.22.0-okd-scos.4 to .7 are accepted, the job that tests updates into .8 fails
 * from them, and a release-controller's graph shows nothing at all.
 */
export const GA = Array.from({ length: 9 }, (_, n) => `4.22.0-okd-scos.${n}`);
export const NEWEST = '4.22.0-okd-scos.8';
export const CANDIDATE = '4.23.0-okd-scos.ec.0';
export const JOB = 'periodic-ci-openshift-release-master-okd-scos-4.22-upgrade';

export function storyGraph(): CompiledGraph {
  const release = (version: string): GraphRelease => ({
    version,
    arch: 'amd64',
    payload: `quay.io/okd/scos-release@${sha(version)}`,
    previous: [],
    next: [],
    metadata: { url: `https://example.com/${version}` },
    created: '2026-06-01T00:00:00Z',
  });
  const files = new Map([
    ['version', '1.1.0\n'],
    ['channels/stable-scos-4.22.yaml', JSON.stringify({ name: 'stable-scos-4.22', versions: [...GA, CANDIDATE] })],
    [
      'channels/candidate-scos-4.23.yaml',
      JSON.stringify({ name: 'candidate-scos-4.23', versions: [...GA, CANDIDATE] }),
    ],
    [
      'okd/sources.yaml',
      '- {to: ">=4.22.0-okd-scos.0 <4.23", from: ["4.22 ga", "4.21 ga"]}\n- {to: "4.23 ec", from: ["4.22 ga"]}\n',
    ],
    ['okd/channels.yaml', '- {name: stable-scos-4, aliasOf: newest-stable-with-path}\n'],
  ]);
  const runs = GA.flatMap((from, at) =>
    GA.slice(at + 1).map((to) => ({
      from,
      to,
      arch: 'amd64',
      result: to === NEWEST && at >= 4 ? 'fail' : 'pass',
      job: JOB,
      url: `https://prow.example.com/${from}/${to}`,
      time: '2026-08-21T10:00:00Z',
    })),
  );
  const data = parseGraphData(files, { strict: false });
  return compileGraph(data, [...GA, CANDIDATE].map(release), {
    evidence: parseEvidence(runs.map((run) => JSON.stringify(run)).join('\n')),
  });
}
