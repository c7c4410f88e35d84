import { items, LABEL, sortChannels } from '../data/index.ts';
import type { OkdData } from '../okd.ts';
import { openHurdles, promotionsOf } from '../promote/index.ts';
import type { ArchGraph, Promotion } from '../types.ts';
import { aliasMembers, listings, refusalOf } from './channels.ts';
import type { Context, Member } from './context.ts';

type EdgesOf = Pick<ArchGraph, 'arch' | 'index' | 'targets' | 'fates'>;

/**
 * The channels of every member: what files list and releases carry, less what is not through the gates of a channel,
 * and the aliases of the rest. With it how every release stands before gates.
 */
export function membership(
  members: readonly Member[],
  edges: EdgesOf,
  context: Context,
): { readonly channels: readonly (readonly string[])[]; readonly promotions: readonly Promotion[] } {
  const listed = listedChannels(members, edges.arch, context);
  const { okd } = context.data;
  if (okd === undefined) return { channels: listed, promotions: [] };
  const promotions = gatePromotions(members, listed, edges, okd, context);
  const held = new Set(
    promotions.flatMap(({ state, channel, version }) => (state === 'held' ? [`${channel} ${version}`] : [])),
  );
  const own =
    held.size === 0
      ? listed
      : members.map(({ release }, at) =>
          (listed[at] ?? []).filter((channel) => !held.has(`${channel} ${release.version}`)),
        );
  return { channels: withAliases(members, own, edges, okd, context), promotions };
}

/** What files list and releases carry, of the kinds that the channel may hold. */
function listedChannels(members: readonly Member[], arch: string, { data, rules, report }: Context): string[][] {
  const listed = listings(data, arch, rules, report);
  return members.map(({ release, labels }) => {
    const carried = items(labels[LABEL.channels]).filter((channel) => {
      const rule = rules.get(channel);
      const message = rule === undefined ? undefined : refusalOf(release.version, channel, rule);
      if (message !== undefined)
        report({ severity: 'error', file: `${release.version}+${arch}`, field: 'channels', message });
      return message === undefined;
    });
    return sortChannels([...carried, ...(listed.get(release.version) ?? [])]);
  });
}

/** How releases stand before the gates of channels; what is listed and not through is reported. */
function gatePromotions(
  members: readonly Member[],
  listed: readonly (readonly string[])[],
  { arch, index, targets }: EdgesOf,
  okd: OkdData,
  { data, rules, evidence, at, report }: Context,
): Promotion[] {
  if (okd.channels.every(({ feeder }) => feeder === undefined)) return [];
  // Whatever becomes of an update: that it is blocked today unmakes no run of it, and a release that was let in stays.
  const runs = Map.groupBy(
    evidence.filter(({ arch: of, from, to }) => {
      const [source = -1, target = -1] = [index.get(from), index.get(to)];
      return of === arch && (targets[source] ?? []).includes(target);
    }),
    ({ to }) => to,
  );
  const names = new Set([
    ...data.channels.map(({ name }) => name),
    ...okd.channels.map(({ name }) => name),
    ...listed.flat(),
  ]);
  const promotions = promotionsOf(
    {
      arch,
      policies: okd.channels,
      approvals: okd.approvals,
      evidencePolicy: okd.evidence,
      releases: members.map(({ release }) => release),
      runsInto: (version) => runs.get(version) ?? [],
      listed: new Map(members.map(({ release }, position) => [release.version, listed[position] ?? []])),
      holds: (channel, version) => {
        const rule = rules.get(channel);
        return rule === undefined || refusalOf(version, channel, rule) === undefined;
      },
      isChannel: (channel) => names.has(channel),
      at,
    },
    report,
  );
  for (const promotion of promotions)
    if (promotion.state === 'held')
      report({
        severity: 'note',
        file: `${promotion.version}+${arch}`,
        field: promotion.channel,
        message: `${promotion.version} is listed in ${promotion.channel} and not through its gates, so it is left out: ${openHurdles(promotion)}.`,
      });
  return promotions;
}

/** Adds the channels that stand for others. */
function withAliases(
  members: readonly Member[],
  own: readonly (readonly string[])[],
  { index, targets, fates }: EdgesOf,
  okd: OkdData,
  { report }: Context,
): readonly (readonly string[])[] {
  if (okd.channels.every(({ aliasOf }) => aliasOf === undefined)) return own;
  const aliases = aliasMembers(
    okd,
    {
      versions: members.map(({ release }) => release.version),
      channelsOf: (version) => own[index.get(version) ?? -1] ?? [],
      offered: (from, to) => {
        const [source, target] = [index.get(from) ?? -1, index.get(to) ?? -1];
        const fate = fates.get(source * members.length + target);
        return (targets[source] ?? []).includes(target) && (fate === undefined || fate.kind === 'conditional');
      },
    },
    report,
  );
  return members.map(({ release }, at) => {
    const more = [...aliases].flatMap(([name, versions]) => (versions.has(release.version) ? [name] : []));
    return more.length === 0 ? (own[at] ?? []) : sortChannels([...(own[at] ?? []), ...more]);
  });
}
