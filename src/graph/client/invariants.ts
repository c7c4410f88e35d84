import { canonicalJson } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import { LABEL } from '../data/index.ts';
import type { ConditionalEdges, GraphAnswer, Risk } from '../types.ts';

/** An invariant that a cluster's reading of the answer depends on, broken. */
export interface InvariantViolation {
  /** `I1` to `I14` of update-graph § 6.4. */
  readonly id: string;
  readonly message: string;
}

export interface CheckOptions {
  /** The answer served before: a version once served must stay, else clusters on it report VersionNotFound. */
  readonly before?: Pick<GraphAnswer, 'nodes'>;
}

type Say = (id: string, message: string) => void;

/**
 * Checks the invariants without which a Cluster Version Operator drops updates in silence or refuses the answer
 * (update-graph § 6.4). Empty: all hold. (I15, same input and same bytes, is a property of the compiler, not of one answer.)
 */
export function checkAnswer(answer: GraphAnswer, options: CheckOptions = {}): InvariantViolation[] {
  const violations: InvariantViolation[] = [];
  const say: Say = (id, message) => violations.push({ id, message });
  checkNodes(answer, options, say);
  checkEdges(answer, say);
  checkConditional(answer, say);
  checkRisks(answer.conditionalEdges, say);
  return violations;
}

const DIGEST = /@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

function checkNodes({ nodes }: GraphAnswer, { before }: CheckOptions, say: Say): void {
  const seen = new Set<string>();
  for (const { version, payload, metadata } of nodes) {
    if (!isSemver(version)) say('I1', `"${version}" is not a semantic version: clusters refuse the whole answer.`);
    if (seen.has(version)) say('I2', `${version} is there twice.`);
    seen.add(version);
    if (!DIGEST.test(payload)) say('I3', `the payload of ${version} is not named by digest: ${payload}.`);
    for (const [key, value] of Object.entries(metadata))
      if (typeof value !== 'string') say('I12', `the metadata "${key}" of ${version} is not a string.`);
    const csv = metadata[LABEL.channels];
    const channels = csv?.split(',') ?? [];
    if (channels.some((name) => name.trim() === '') || new Set(channels).size !== channels.length)
      say('I12', `the channels of ${version} have an empty or a repeated name: "${csv}".`);
    const architecture = metadata['release.openshift.io/architecture'];
    if (architecture !== undefined && architecture !== 'multi')
      say('I12', `the architecture "${architecture}" in the metadata of ${version} makes clusters refuse the answer.`);
  }
  for (const { version } of before?.nodes ?? [])
    if (!seen.has(version)) say('I13', `${version} was served before and is gone: clusters on it are stranded.`);
}

function checkEdges({ nodes, edges }: GraphAnswer, say: Say): void {
  const targets = nodes.map((): number[] => []);
  const incoming = nodes.map(() => 0);
  for (const [from, to] of edges) {
    const list = targets[from];
    if (list === undefined || incoming[to] === undefined) {
      say('I4', `the edge [${from}, ${to}] leads outside the list of nodes.`);
      continue;
    }
    if (list.includes(to)) say('I4', `the edge [${from}, ${to}] is there twice.`);
    list.push(to);
    incoming[to] += 1;
  }
  // peel off nodes that nothing leads to; what is left over lies on or behind a cycle
  const open = incoming.flatMap((count, node) => (count === 0 ? [node] : []));
  let peeled = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    peeled++;
    for (const to of targets[node] ?? []) {
      incoming[to] = (incoming[to] ?? 0) - 1;
      if (incoming[to] === 0) open.push(to);
    }
  }
  if (peeled < nodes.length) say('I4', 'the edges form a cycle.');
}

function checkConditional({ nodes, edges, conditionalEdges }: GraphAnswer, say: Say): void {
  const versions = new Set(nodes.map((node) => node.version));
  const plain = new Set(edges.map(([from, to]) => `${nodes[from]?.version} -> ${nodes[to]?.version}`));
  const seen = new Set<string>();
  for (const { edges: list, risks } of conditionalEdges) {
    for (const { from, to } of list) {
      const edge = `${from} -> ${to}`;
      for (const end of [from, to])
        if (!versions.has(end)) say('I5', `the conditional edge ${edge} names ${end}, which is not a node.`);
      if (plain.has(edge)) say('I6', `${edge} is recommended and conditional at once.`);
      if (seen.has(edge)) say('I7', `${edge} has two conditional entries: clusters drop the update.`);
      seen.add(edge);
    }
    if (risks.length === 0 || risks.length > 200) say('I14', `${list.length} edges have ${risks.length} risks.`);
    if (new Set(risks.map((risk) => risk.name)).size !== risks.length)
      say('I8', `a risk is there twice on ${list[0]?.from} -> ${list[0]?.to}.`);
  }
}

function checkRisks(groups: readonly ConditionalEdges[], say: Say): void {
  const definitions = new Map<string, string>();
  for (const risk of groups.flatMap((group) => group.risks)) {
    const definition = canonicalJson(risk);
    const known = definitions.get(risk.name);
    if (known === definition) continue;
    if (known !== undefined) say('I8', `the risk ${risk.name} has two definitions.`);
    definitions.set(risk.name, definition);
    checkRisk(risk, say);
  }
}

function checkRisk(risk: Risk, say: Say): void {
  const { name, url, message, matchingRules } = risk;
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name) || name.length > 100) say('I9', `"${name}" is not a name for a risk.`);
  if (!url.startsWith('https://') || !URL.canParse(url)) say('I10', `the address of ${name} is not https: "${url}".`);
  if (message.trim() === '') say('I10', `the risk ${name} has no message.`);
  if (matchingRules.length === 0) say('I11', `the risk ${name} has no rule.`);
  for (const rule of matchingRules) {
    const type: string = rule.type;
    if (type === 'PromQL' && 'promql' in rule) {
      const fault = promqlFault(rule.promql.promql);
      if (fault !== undefined) say('I11', `the query of ${name} ${fault}.`);
    } else if (type !== 'Always' || 'promql' in rule) say('I11', `a rule of ${name} is unknown or not bare: ${type}.`);
  }
}

/** Faults that no PromQL parser accepts: an empty query, an open string, brackets that do not pair. */
function promqlFault(query: string): string | undefined {
  if (query.trim() === '') return 'is empty';
  const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  const open: string[] = [];
  const withoutStrings = query.replace(/"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])*'|`[^`]*`|#.*/g, '');
  for (const char of withoutStrings) {
    if ('"\'`'.includes(char)) return 'has a string that does not end';
    if ('([{'.includes(char)) open.push(char);
    else if (char in pairs && open.pop() !== pairs[char]) return `has a "${char}" that closes nothing`;
  }
  return open.length === 0 ? undefined : `has a "${open.at(-1)}" that is not closed`;
}
