import type { Policy } from '../policy/schema.ts';
import type { ReportBase } from '../report/model.ts';
import { signerOf } from '../rules/index.ts';
import type { Base, Lineage } from './lineage.ts';
import type { Examined } from './summary.ts';

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface Row {
  readonly base: Base;
  readonly first: Examined;
  readonly images: string[];
}

/** The base images that images of a set are built on, with who signed what they bring. */
export function baseTable(examined: readonly Examined[], policy: Policy, lineage: Lineage): ReportBase[] {
  const rows = new Map<string, Row>();
  for (const one of examined) {
    const base = lineage.baseOf(one.chainIds);
    if (!base) continue;
    const row = rows.get(base.chainId) ?? { base, first: one, images: [] };
    row.images.push(one.image.name);
    rows.set(base.chainId, row);
  }
  return [...rows.values()]
    .map((row) => reportBase(row, policy))
    .sort((a, b) => text(a.name, b.name) || text(a.chainId, b.chainId));
}

function reportBase({ base, first, images }: Row, policy: Policy): ReportBase {
  // All images of a row have the base image's layers, so any of them tells what these bring.
  const brought = first.packages.filter(({ layer }) => layer < base.layers);
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
    images: [...images].sort(),
    packages: brought.length,
    signers: signers.sort((a, b) => text(a.keyId, b.keyId)),
  };
}
