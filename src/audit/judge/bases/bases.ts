import type { Policy, ReportBase } from '../../model/index.ts';
import type { Base, Examined, Place } from '../../origin/index.ts';
import { signerOf } from '../../rules/index.ts';
import { hitsOf } from '../hits.ts';
import type { FindingSheet } from '../sheet.ts';
import { baseChangeOf, type PreviousRelease } from './previous.ts';

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface BaseRow {
  readonly base: Base;
  readonly row: ReportBase;
  readonly on: readonly Examined[];
}

/** The base images that images of a set are built on, with who signed what they bring; sorted by name. */
export function baseTable(examined: readonly Examined[], policy: Policy): BaseRow[] {
  const rows = new Map<string, { base: Base; on: Examined[] }>();
  for (const one of examined) {
    const { base } = one;
    if (!base) continue;
    const row = rows.get(base.chainId) ?? { base, on: [] };
    row.on.push(one);
    rows.set(base.chainId, row);
  }
  return [...rows.values()]
    .map(({ base, on }) => ({ base, on, row: reportBase(base, on, policy) }))
    .sort((a, b) => text(a.row.name, b.row.name) || text(a.row.chainId, b.row.chainId));
}

function reportBase(base: Base, on: readonly Examined[], policy: Policy): ReportBase {
  // Every image of a row has all of the base image, so any of them tells what it brings.
  const [first] = on;
  const brought = (first?.packages ?? []).filter(({ pkg, layer }) =>
    first?.flattened ? first.flattened.placeOf(pkg) !== undefined : layer < base.layers,
  );
  const bySigner = Map.groupBy(brought, ({ pkg }) => signerOf(pkg, policy).keyId ?? '');
  const signers = [...bySigner].map(([keyId, packages]) => {
    const [{ pkg } = {}] = packages;
    const owner = pkg === undefined ? undefined : signerOf(pkg, policy).entry?.owner;
    return { keyId, owner: owner ?? (keyId === '' ? 'unsigned' : 'unknown'), packages: packages.length };
  });
  return {
    name: base.name,
    kind: base.kind,
    chainId: base.chainId,
    layers: base.layers,
    images: on.map(({ image }) => image.name).sort(),
    packages: brought.length,
    signers: signers.sort((a, b) => text(a.keyId, b.keyId)),
  };
}

/** The top layer of the base image: in the image itself, or in the base image that was flattened into it. */
export function topOf({ image, chainIds, base, flattened }: Examined): Place | undefined {
  if (flattened) {
    const { layers = [], diffIds } = flattened.base;
    return { chainIds: flattened.chainIds, layers, index: diffIds.length - 1 };
  }
  return base && { chainIds, layers: image.layers, index: base.layers - 1 };
}

/** Notes base images whose signers are others than in the last accepted release. */
export function noteBaseChanges(
  bases: readonly BaseRow[],
  policy: Policy,
  sheet: FindingSheet,
  previous: PreviousRelease | undefined,
): void {
  if (!previous) return;
  for (const { row, on } of bases) {
    for (const one of on) {
      const change = baseChangeOf(one.image.name, row, previous);
      if (!change) continue;
      const hits = hitsOf('baseChange', change, policy);
      if (hits.length === 0) continue;
      sheet.note({
        hits,
        key: `${change.from.chainId} ${change.to.chainId}`,
        lasting: `${change.added.join()} ${change.removed.join()}`,
        label: row.name,
        excepted: { name: row.name, values: [...change.added, ...change.removed] },
        explained: {},
        image: one.image,
        place: topOf(one),
        by: one.flattened ? 'transactions' : 'layer',
      });
    }
  }
}
