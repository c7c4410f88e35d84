import { openHurdles } from '../promote/index.ts';
import type { ArchGraph, CompiledGraph, CompiledNode, GateState, Promotion } from '../types.ts';
import type { ExplainCode } from './codes.ts';

interface Pending {
  readonly code: Extract<ExplainCode, 'PromotionPending'>;
  readonly text: string;
  readonly since?: string;
  readonly evidence: readonly { readonly text: string; readonly url?: string; readonly file?: string }[];
}

/** How a release stands before the gates of a channel that it is not in. */
export function promotionOf(graph: ArchGraph | undefined, version: string, channel: string): Promotion | undefined {
  return graph?.promotions.find(
    (one) => one.version === version && one.channel === channel && one.state !== 'promoted',
  );
}

/** A release that waits to enter a channel: which gates are open, what each rests on, and when its time is up. */
export function pendingPromotion(compiled: CompiledGraph, node: CompiledNode, channel: string): Pending | undefined {
  const promotion = promotionOf(compiled.architectures.get(node.arch), node.version, channel);
  const policy = compiled.okd?.channels.find(({ name }) => name === channel);
  if (promotion === undefined || policy === undefined) return undefined;
  const { created } = node.release;
  return {
    code: 'PromotionPending',
    text: waitingText(promotion),
    evidence: [
      { text: `${channel} is fed by ${promotion.feeder}`, file: policy.file },
      ...promotion.hurdles.map(hurdleEvidence),
    ],
    ...(created === undefined ? {} : { since: created }),
  };
}

/** One sentence. */
export function waitingText(promotion: Promotion): string {
  const { version, channel, state, entered } = promotion;
  if (state !== 'ready') return `${version} waits to enter ${channel}: ${openHurdles(promotion)}.`;
  return entered === undefined
    ? `${version} is through the gates of ${channel}, and is not listed there yet.`
    : `${version} has been through the gates of ${channel} since ${entered}, and is not listed there yet.`;
}

function hurdleEvidence({ name, state, text, url }: GateState): { text: string; url?: string } {
  return { text: `${name}: ${state}: ${text}`, ...(url === undefined ? {} : { url }) };
}
