import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import type { EvidenceRecord, GraphRelease } from '../types.ts';
import type { Imported, ImportOptions } from './types.ts';

const parseGraph = parserOf(
  Type.Object({
    nodes: Type.Array(Type.Object({ version: Type.String(), payload: Type.String() })),
    edges: Type.Union([
      Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })])),
      Type.Null(),
    ]),
  }),
  'GRAPH_IMPORT_INVALID',
);

const parseArchive = parserOf(
  Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      results: Type.Union([Type.Array(Type.Object({ state: Type.String(), url: Type.String() })), Type.Null()]),
    }),
  ),
  'GRAPH_IMPORT_INVALID',
);

/**
 * `/graph` of a release-controller (update-graph § 1.6): every tag is a release, every edge an update that a test
 * passed once. Tags that two streams have are there twice; two payloads for one are reported, the first is kept.
 */
export function importReleaseController(value: unknown, options: ImportOptions): Imported {
  const { nodes, edges } = parseGraph(value, { file: options.source });
  const notes: string[] = [];
  const previous = new Map<string, Set<string>>();
  const evidence: EvidenceRecord[] = [];
  for (const [at, [from, to]] of (edges ?? []).entries()) {
    const [source, target] = [nodes[from]?.version, nodes[to]?.version];
    if (source === undefined || target === undefined)
      throw new SlipwayError('GRAPH_IMPORT_INVALID', `the edge [${from}, ${to}] leads outside the list of nodes.`, {
        place: { file: options.source, field: `edges.${at}` },
      });
    if (!isSemver(source) || !isSemver(target)) continue;
    const list = previous.get(target) ?? new Set();
    previous.set(target, list);
    list.add(source);
    evidence.push({
      from: source,
      to: target,
      arch: options.arch,
      result: 'pass',
      job: 'release-controller',
      url: options.source,
      time: options.at,
      source: 'ci',
    });
  }
  const releases = new Map<string, GraphRelease>();
  for (const { version, payload } of nodes) {
    if (!isSemver(version)) {
      notes.push(`${version} is not a semantic version, so no cluster could be on it.`);
      continue;
    }
    const known = releases.get(version);
    if (known !== undefined && known.payload !== payload)
      notes.push(`${version} has two payloads: ${known.payload} is kept, ${payload} is not.`);
    if (known === undefined)
      releases.set(version, {
        version,
        arch: options.arch,
        payload,
        previous: [...(previous.get(version) ?? [])].sort(),
        next: [],
        metadata: {},
      });
    if (!payload.includes('@')) notes.push(`the payload of ${version} is named by tag: ${payload}.`);
  }
  return { releases: [...releases.values()], evidence, graphData: new Map(), notes: [...new Set(notes)] };
}

const RESULT: Readonly<Record<string, EvidenceRecord['result']>> = { Succeeded: 'pass', Failed: 'fail' };

/** `/archive/graph` of a release-controller: every run of every update, failed ones too. Runs under way are left out. */
export function importArchive(value: unknown, options: ImportOptions): Imported {
  const notes: string[] = [];
  const evidence = parseArchive(value, { file: options.source }).flatMap(({ from, to, results }) => {
    if (!isSemver(from) || !isSemver(to)) {
      notes.push(`${from} to ${to}: not semantic versions.`);
      return [];
    }
    return (results ?? []).flatMap(({ state, url }): EvidenceRecord[] => {
      const result = RESULT[state];
      if (result === undefined || !/^https?:\/\//.test(url)) return [];
      const time = timeOfRun(url) ?? options.at;
      return [{ from, to, arch: options.arch, result, job: jobOf(url), url, time, source: 'ci' }];
    });
  });
  return { releases: [], evidence, graphData: new Map(), notes };
}

/** `…/logs/<job>/<id>` of Prow: the job's name. */
function jobOf(url: string): string {
  return /\/([^/]+)\/\d+\/?$/.exec(url)?.[1] ?? 'unknown';
}

/** Prow numbers its runs by time (a snowflake: milliseconds since 2010-11-04 above 22 bits). */
const EPOCH_MS = 1_288_834_974_657n;

function timeOfRun(url: string): string | undefined {
  const id = /\/(\d{17,19})\/?$/.exec(url)?.[1];
  return id === undefined ? undefined : new Date(Number((BigInt(id) >> 22n) + EPOCH_MS)).toISOString();
}
