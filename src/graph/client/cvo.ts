import { isSemver } from '../../version/index.ts';
import { LABEL, splitBuild } from '../data/index.ts';
import type { AnswerNode, GraphAnswer, Risk } from '../types.ts';

/** What a Cluster Version Operator makes of an answer. */
export type ClusterView =
  | {
      readonly ok: true;
      readonly available: readonly string[];
      readonly conditional: readonly { readonly version: string; readonly risks: readonly string[] }[];
      /** Updates that the answer offers and the operator does not show. */
      readonly dropped: readonly { readonly version: string; readonly reason: string }[];
    }
  | {
      readonly ok: false;
      /** Reason of the condition RetrievedUpdates. */
      readonly reason: 'ResponseInvalid' | 'VersionNotFound';
      readonly message: string;
    };

export interface ClusterQuestion {
  readonly version: string;
  /** A cluster of one architecture that is to become multi-architecture is offered its own version only. */
  readonly toMulti?: boolean;
}

/** The API server's limits on a conditional update (ClusterVersion's schema). */
const MAX_RISKS = 200;

/**
 * A model of the Cluster Version Operator's reading of an answer (update-graph § 6.1; openshift/cluster-version-operator
 * pkg/cincinnati and pkg/cvo/availableupdates.go): made once for an answer, asked for each version. Its one purpose is
 * to find what a cluster would drop in silence before the answer is published.
 */
export function clusterReader(answer: GraphAnswer): (question: ClusterQuestion) => ClusterView {
  const { nodes } = answer;
  const malformed = nodes.find(({ version }) => !isSemver(version));
  const position = new Map<string, number>();
  for (const [at, { version }] of nodes.entries()) {
    const { core } = splitBuild(version);
    if (!position.has(core)) position.set(core, at);
  }
  const targets = Map.groupBy(answer.edges, ([from]) => from);
  const conditional = new Map<string, { to: string; risks: readonly Risk[] }[]>();
  for (const { edges, risks } of answer.conditionalEdges) {
    for (const { from, to } of edges) {
      const list = conditional.get(from) ?? [];
      conditional.set(from, list);
      list.push({ to, risks });
    }
  }
  const byVersion = new Map(nodes.map((node) => [node.version, node]));
  const faulty = nodes.filter((node) => metadataFault(node) !== undefined);
  const names = new WeakMap<readonly Risk[], readonly string[]>();
  const verdicts = new WeakMap<readonly Risk[], string | undefined>();
  const refusal = (risks: readonly Risk[]): string | undefined => {
    if (!verdicts.has(risks)) verdicts.set(risks, refusalOf(risks));
    return verdicts.get(risks);
  };

  const namesOf = (risks: readonly Risk[]): readonly string[] => {
    const known = names.get(risks) ?? risks.map(({ name }) => name);
    names.set(risks, known);
    return known;
  };

  return ({ version, toMulti = false }) => {
    if (malformed !== undefined)
      return invalid(`"${malformed.version}" is not a semantic version, so the whole answer is refused.`);
    const at = position.get(splitBuild(version).core);
    const self = at === undefined ? undefined : nodes[at];
    if (at === undefined || self === undefined)
      return {
        ok: false,
        reason: 'VersionNotFound',
        message: `currently reconciling cluster version ${version} not found`,
      };
    if (toMulti) return { ok: true, available: [self.version], conditional: [], dropped: [] };
    const plain = (targets.get(at) ?? []).flatMap(([, to]) => nodes[to] ?? []);
    const dropped: { version: string; reason: string }[] = [];
    const risky = new Map<string, readonly Risk[]>();
    const repeated = new Set<string>();
    for (const { to, risks } of conditional.get(self.version) ?? []) {
      const node = byVersion.get(to);
      if (node === undefined) return invalid(`the conditional update to ${to} has no node.`);
      if (risky.has(to)) repeated.add(to);
      risky.set(to, risks);
    }
    const shown = [...risky].flatMap(([to, risks]) => {
      const reason = repeated.has(to) ? 'it is in more than one group of conditional edges.' : refusal(risks);
      if (reason === undefined) return [{ version: to, risks: namesOf(risks) }];
      dropped.push({ version: to, reason });
      return [];
    });
    for (const node of faulty)
      if (plain.includes(node) || shown.some(({ version: to }) => to === node.version))
        return invalid(`the metadata of ${node.version}: ${metadataFault(node)}`);
    return {
      ok: true,
      available: plain.flatMap(({ version: to }) => (risky.has(to) ? [] : [to])),
      conditional: shown,
      dropped,
    };
  };
}

function invalid(message: string): ClusterView {
  return { ok: false, reason: 'ResponseInvalid', message };
}

/** Why the operator prunes a conditional update before the API server would refuse the whole status. */
function refusalOf(risks: readonly Risk[]): string | undefined {
  if (risks.length === 0 || risks.length > MAX_RISKS) return `it has ${risks.length} risks.`;
  if (new Set(risks.map(({ name }) => name)).size !== risks.length) return 'a risk is there twice.';
  for (const { name, url, message, matchingRules } of risks) {
    if (name === '' || message === '' || !URL.canParse(url)) return `the risk ${name} has no name, message or address.`;
    // rules of unknown types are skipped; a risk without any that is known can not be evaluated
    const known = matchingRules.filter((rule) =>
      rule.type === 'Always' ? !('promql' in rule) : rule.type === 'PromQL' && rule.promql.promql.trim() !== '',
    );
    if (known.length === 0) return `the risk ${name} has no rule that clusters know.`;
  }
  return undefined;
}

function metadataFault({ metadata }: AnswerNode): string | undefined {
  const channels = metadata[LABEL.channels];
  if (channels?.split(',').some((name) => name === '')) return `"${LABEL.channels}" has an empty item.`;
  if (channels !== undefined && new Set(channels.split(',')).size !== channels.split(',').length)
    return 'a channel is there twice.';
  const architecture = metadata['release.openshift.io/architecture'];
  if (architecture !== undefined && architecture !== 'multi') return `the architecture is "${architecture}".`;
  return undefined;
}

/** Everything that clusters on any version of an answer would lose; nothing for an answer that may be published. */
export function lossesOf(answer: GraphAnswer): string[] {
  const ask = clusterReader(answer);
  return answer.nodes.flatMap(({ version }) => {
    const view = ask({ version });
    if (!view.ok) return [`a cluster on ${version}: ${view.reason}: ${view.message}`];
    return view.dropped.map((drop) => `a cluster on ${version} drops ${drop.version}: ${drop.reason}`);
  });
}
