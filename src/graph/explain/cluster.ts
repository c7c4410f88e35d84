import { isSemver } from '../../version/index.ts';
import { type ClusterFacts, seriesOf } from '../cluster/index.ts';
import { evaluateQuery } from '../promql/index.ts';
import type { GraphAnswer, Risk } from '../types.ts';
import type { EdgeExplanation } from './explain.ts';

/** Whether a risk applies to the cluster that the facts are of. */
export interface Exposure {
  readonly name: string;
  readonly state: 'exposed' | 'not exposed' | 'unknown';
  /** What decided it: labels of the sample, or why it is not known. */
  readonly reason: string;
}

/** Evaluates a risk as clusters do: the first rule that can be evaluated decides; none: unknown (§ 1.5). */
export function exposureOf(risk: Risk, facts: ClusterFacts): Exposure {
  const reasons: string[] = [];
  for (const rule of risk.matchingRules) {
    if (rule.type === 'Always') return { name: risk.name, state: 'exposed', reason: 'It applies to every cluster.' };
    const outcome = evaluateQuery(rule.promql.promql, seriesOf(facts));
    if (outcome.state === 'unknown') {
      reasons.push(outcome.reason);
      continue;
    }
    const labels = Object.entries(outcome.labels).map(([label, value]) => `${label}="${value}"`);
    return {
      name: risk.name,
      state: outcome.state === 'matches' ? 'exposed' : 'not exposed',
      reason: labels.length === 0 ? 'Its query says so.' : `Its query says so: ${labels.join(', ')}.`,
    };
  }
  return { name: risk.name, state: 'unknown', reason: reasons.join(' ') };
}

/** An explanation with what the facts make of its risks. */
export interface ClusterExplanation extends EdgeExplanation {
  readonly exposures: readonly Exposure[];
  /** What this very cluster is told: `unknown` shows as not recommended, as the operator does. */
  readonly verdict: 'recommended' | 'not recommended' | 'unknown' | 'not offered';
}

export function forCluster(explanation: EdgeExplanation, facts: ClusterFacts): ClusterExplanation {
  const exposures = explanation.risks.map((risk) => exposureOf(risk, facts));
  const states = new Set(exposures.map(({ state }) => state));
  const offered = explanation.code === 'Recommended' || exposures.length > 0;
  const verdict = states.has('exposed') ? 'not recommended' : states.has('unknown') ? 'unknown' : 'recommended';
  return { ...explanation, exposures, verdict: offered ? verdict : 'not offered' };
}

/**
 * What is wrong with the way the cluster asks for updates, given what this graph answers for the channel; empty when
 * nothing is.
 */
export function clusterConcerns(
  answer: Pick<GraphAnswer, 'nodes'>,
  facts: ClusterFacts,
  { channel }: { readonly channel: string },
): string[] {
  const concerns: string[] = [];
  const retrieved = facts.conditions.find(({ type }) => type === 'RetrievedUpdates');
  if (facts.channel === undefined)
    concerns.push('The cluster has no channel, so it asks for no updates: oc adm upgrade channel <name>.');
  else if (facts.channel !== channel)
    concerns.push(`The cluster follows ${facts.channel}; the question is about ${channel}.`);
  if (retrieved !== undefined && retrieved.status !== 'True')
    concerns.push(
      `RetrievedUpdates is ${retrieved.status} since ${retrieved.lastTransitionTime ?? 'an unknown time'}: ${retrieved.reason ?? 'no reason'}: ${retrieved.message ?? ''}`,
    );
  for (const type of ['Failing', 'Progressing', 'ReleaseAccepted', 'Upgradeable', 'Invalid'] as const) {
    const condition = facts.conditions.find((one) => one.type === type);
    const healthy = type === 'ReleaseAccepted' || type === 'Upgradeable' ? 'True' : 'False';
    if (condition !== undefined && condition.status !== healthy)
      concerns.push(`${type} is ${condition.status}: ${condition.message ?? condition.reason ?? 'no message'}`);
  }
  if (isSemver(facts.version) && !answer.nodes.some(({ version }) => version === facts.version))
    concerns.push(`${facts.version} is not in ${channel} of this graph: the cluster would report VersionNotFound.`);
  const known = new Set(answer.nodes.map(({ version }) => version));
  const foreign = facts.available.filter((version) => !known.has(version));
  if (foreign.length > 0)
    concerns.push(
      `The cluster's own update service (${facts.upstream ?? 'the default one'}) offers ${foreign.join(', ')}, which this graph does not have in ${channel}.`,
    );
  return concerns;
}
