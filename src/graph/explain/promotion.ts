import type { CompiledGraph, CompiledNode } from '../types.ts';
import type { ExplainCode } from './codes.ts';

const DAY_MS = 86_400_000;

interface Pending {
  readonly code: Extract<ExplainCode, 'PromotionPending'>;
  readonly text: string;
  readonly since?: string;
  readonly evidence: readonly { readonly text: string; readonly file: string }[];
}

/**
 * A release that is in the channel which feeds this one, and waits (`okd/channels.yaml`): when its time is up, and
 * which gates it has to pass. Whoever promotes decides; this only says what is declared.
 */
export function pendingPromotion(compiled: CompiledGraph, node: CompiledNode, channel: string): Pending | undefined {
  const policy = compiled.okd?.channels.find(({ name }) => name === channel);
  const feeder = policy?.feeder;
  if (policy === undefined || feeder === undefined || !node.channels.includes(feeder.name)) return undefined;
  const { created } = node.release;
  const due = created === undefined ? undefined : new Date(Date.parse(created) + feeder.delayMs).toISOString();
  const gates = feeder.gates.length === 0 ? '' : `, and has to pass ${feeder.gates.join(', ')}`;
  const wait = due === undefined ? `stays there for ${feeder.delayMs / DAY_MS} days` : `can be promoted from ${due} on`;
  return {
    code: 'PromotionPending',
    text: `${node.version} is in ${feeder.name}, ${wait}${gates}.`,
    evidence: [{ text: `${channel} is fed by ${feeder.name}`, file: policy.file }],
    ...(created === undefined ? {} : { since: created }),
  };
}
