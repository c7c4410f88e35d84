import { splitBuild } from '../data/version-text.ts';
import type { CompiledGraph, GraphQuery, Risk } from '../types.ts';

/** Why an update is offered or not. */
export interface EdgeExplanation {
  readonly code:
    | 'Recommended'
    | 'Conditional'
    | 'SilentlyBlocked'
    | 'RemovedByLabel'
    | 'NotDeclared'
    | 'Quarantined'
    | 'SourceNotInChannel'
    | 'TargetNotInChannel'
    | 'UnknownVersion'
    | 'ArchMissing';
  /** One sentence. */
  readonly text: string;
  readonly risks: readonly Risk[];
  /** Files of graph-data, or `version+arch` of the release, that decide it. */
  readonly files: readonly string[];
}

/** Explains the update `from` -> `to` as a cluster of this architecture in this channel sees it. */
export function explainEdge(
  compiled: CompiledGraph,
  from: string,
  to: string,
  { channel, arch }: GraphQuery,
): EdgeExplanation {
  const say = (
    code: EdgeExplanation['code'],
    text: string,
    more: Partial<Pick<EdgeExplanation, 'risks' | 'files'>> = {},
  ): EdgeExplanation => ({ code, text, risks: more.risks ?? [], files: more.files ?? [] });

  const graph = compiled.architectures.get(arch);
  if (graph === undefined) return say('ArchMissing', `No release for ${arch} is known.`);
  const [source, target] = [from, to].map((version) => graph.index.get(splitBuild(version).core));
  if (source === undefined || target === undefined)
    return say('UnknownVersion', `${source === undefined ? from : to} is not among the releases of ${arch}.`);
  const [origin, goal] = [graph.nodes[source], graph.nodes[target]];
  for (const [code, node] of [
    ['SourceNotInChannel', origin],
    ['TargetNotInChannel', goal],
  ] as const) {
    if (node === undefined || node.channels.includes(channel)) continue;
    const where = node.channels.length === 0 ? 'in no channel' : `in ${node.channels.join(', ')}`;
    return say(code, `${node.version} is not in ${channel}; it is ${where}.`);
  }
  if (!graph.targets[source]?.includes(target)) {
    const problem = compiled.problems.find(
      (one) =>
        one.severity === 'error' &&
        one.file === `${to}+${arch}` &&
        one.field === 'previous' &&
        (from === to || one.message.includes(` ${from} `)),
    );
    if (problem !== undefined) return say('Quarantined', `${to}: ${problem.message}`, { files: [problem.file] });
    return say('NotDeclared', `${to} does not name ${from} among the releases it can be reached from.`);
  }
  const fate = graph.fates.get(source * graph.nodes.length + target);
  switch (fate?.kind) {
    case undefined:
      return say('Recommended', `${from} can be updated to ${to}.`);
    case 'conditional': {
      const names = fate.risks.map((risk) => risk.name).join(', ');
      return say('Conditional', `Offered to clusters that are not exposed to ${names}.`, fate);
    }
    case 'blocked':
      return say('SilentlyBlocked', `${fate.files.join(', ')} takes this update away.`, fate);
    case 'barrier':
    case 'deadend':
    case 'withheld':
      return say('NotDeclared', 'The rules of this graph take this update away.');
    case 'removed':
      return say('RemovedByLabel', `The label ${fate.label} of ${fate.of} takes this update away.`, {
        files: [`${fate.of}+${arch}`],
      });
  }
}
