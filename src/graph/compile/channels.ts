import { compareReleases, type ReleaseKind, releaseKind } from '../../version/index.ts';
import { splitBuild } from '../data/index.ts';
import type { ChannelPolicy, OkdData } from '../okd.ts';
import type { ChannelRule, GraphData, GraphProblem } from '../types.ts';

/** What clusters of the stable kind may be sent to: releases, and those of the time when nightlies were releases. */
const RELEASES: readonly ReleaseKind[] = ['ga', 'fcos'];
const EARLY = /^(candidate|next|prerelease|nightly)/;
const RELEASED = /^(stable|fast|eus)/;

/**
 * The rule of a channel: what `okd/channels.yaml` says, else by its name. `stable`, `fast` and `eus` channels hold
 * releases only; in `candidate` and `next` channels an untested update is a plain recommendation, for testing it is
 * what they are for (update-graph § 8.3).
 */
export function ruleOf(name: string, policy: ChannelPolicy | undefined): ChannelRule {
  return {
    kinds: policy?.kinds ?? (RELEASED.test(name) ? RELEASES : 'all'),
    untested: policy?.untested ?? (EARLY.test(name) ? 'recommended' : 'conditional'),
  };
}

/** The channels that files list a version in, for one architecture; the kinds that a channel may not hold are left out. */
export function listings(
  data: GraphData,
  arch: string,
  rules: ReadonlyMap<string, ChannelRule>,
  report: (problem: GraphProblem) => void,
): ReadonlyMap<string, readonly string[]> {
  const listed = new Map<string, string[]>();
  for (const channel of data.channels) {
    const rule = rules.get(channel.name);
    for (const [at, version] of channel.versions.entries()) {
      const { core, build } = splitBuild(version);
      if (build !== '' && build !== arch) continue;
      const refusal = rule === undefined ? undefined : refusalOf(core, channel.name, rule);
      if (refusal !== undefined) {
        report({ severity: 'error', file: channel.file, field: `versions.${at}`, message: refusal });
        continue;
      }
      const names = listed.get(core) ?? [];
      listed.set(core, names);
      names.push(channel.name);
    }
  }
  return listed;
}

/** Why a channel may not hold a version; nothing when it may. */
export function refusalOf(version: string, channel: string, { kinds }: ChannelRule): string | undefined {
  if (kinds === 'all') return undefined;
  const kind = releaseKind(version);
  if (kinds.includes(kind)) return undefined;
  return `${version} is of kind ${kind}; ${channel} holds ${kinds.join(', ')} only, so it is left out.`;
}

/** What decides whether an alias may lead to a newer minor. */
export interface AliasSubject {
  readonly versions: readonly string[];
  readonly channelsOf: (version: string) => readonly string[];
  /** Whether an update, plain or conditional, is offered from one version to another. */
  readonly offered: (from: string, to: string) => boolean;
}

/** `stable-scos-4.22` of the alias `stable-scos-4`. */
function familyOf(alias: string, channels: readonly string[]): string[] {
  return channels
    .filter((name) => name.startsWith(`${alias}.`) && /^\d+$/.test(name.slice(alias.length + 1)))
    .sort((a, b) => Number(a.slice(alias.length + 1)) - Number(b.slice(alias.length + 1)));
}

/**
 * The versions of every alias. `newest-stable-with-path` of `stable-scos-4` is the union of `stable-scos-4.N`, each
 * minor joining once an update into it is offered: clusters that follow the old name stay known and are led on, and
 * none sees a minor that nothing leads to. The answer depends on no cluster, so it can be cached.
 */
export function aliasMembers(
  { channels }: Pick<OkdData, 'channels'>,
  subject: AliasSubject,
  report: (problem: GraphProblem) => void,
): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Set(subject.versions.flatMap((version) => subject.channelsOf(version)));
  const members = (channel: string): string[] =>
    subject.versions.filter((version) => subject.channelsOf(version).includes(channel));
  const result = new Map<string, ReadonlySet<string>>();
  for (const { name, aliasOf, file } of channels) {
    if (aliasOf === undefined) continue;
    if (aliasOf !== 'newest-stable-with-path') {
      if (!known.has(aliasOf))
        report({
          severity: 'note',
          file,
          field: name,
          message: `the alias ${name} stands for ${aliasOf}, which is empty.`,
        });
      result.set(name, new Set(members(aliasOf)));
      continue;
    }
    const union = new Set<string>();
    for (const channel of familyOf(name, [...known])) {
      const joining = members(channel);
      const minor = channel.slice(channel.lastIndexOf('-') + 1);
      const isNew = (version: string): boolean => version.startsWith(`${minor}.`);
      const leadsIn = [...union].some((from) =>
        joining.some((to) => isNew(to) && compareReleases(from, to) < 0 && subject.offered(from, to)),
      );
      if (union.size === 0 || leadsIn) for (const version of joining) union.add(version);
      else
        report({
          severity: 'note',
          file,
          field: name,
          message: `nothing leads into ${minor} yet, so ${name} does not hold it.`,
        });
    }
    result.set(name, union);
  }
  return result;
}
