import type { FindingOrigin, ImageLayer, LayerOrigin, PackageFacts } from '../model/index.ts';
import type { DnfOrigin } from './dnf-log.ts';
import type { Lineage } from './lineage.ts';

const INSTALLS = /\b(dnf|yum|microdnf|tdnf|zypper|rpm|rpm-ostree)\b/u;
const FILLS = /^(RUN|COPY|ADD)\b/u;

/** What of a layer is to be explained: a package, or a file. */
export interface Explained {
  readonly pkg?: PackageFacts;
  readonly path?: string;
  /** What dnf's history says of the package. */
  readonly dnf?: DnfOrigin | undefined;
}

/** Transactions of RPM that a layer holds the packages of: time stamps, oldest first. */
export type Transactions = readonly number[];

const mentions = (instruction: string, word: string): boolean =>
  instruction.split(/[\s"'`,;&|()=]+/u).some((part) => part === word || part.startsWith(`${word}-`));

const wordsOf = (text: string): string[] => text.split(/[\s"'`]+/u).filter((word) => word !== '');

/** The instruction that holds every word of dnf's command, which keeps neither quotes nor, in dnf4, the program's name. */
function byCommand(installing: readonly string[], command: string | null | undefined): string[] {
  const wanted = wordsOf(command ?? '').filter((word) => !INSTALLS.test(word));
  if (wanted.length === 0) return [];
  return installing.filter((instruction) => {
    const words = new Set(wordsOf(instruction));
    return wanted.every((word) => words.has(word));
  });
}

/** The k-th transaction was run by the k-th instruction that installs, when there are as many of the one as of the other. */
function byTransaction(installing: readonly string[], pkg: PackageFacts, transactions: Transactions): string[] {
  if (pkg.installTid === null || installing.length !== transactions.length) return [];
  const instruction = installing[transactions.indexOf(pkg.installTid)];
  return instruction === undefined ? [] : [instruction];
}

/**
 * The instructions of a layer's span that may have brought something in, by the best sign there is: the one that ran
 * the command of dnf's history, the one that names it, the one whose turn its transaction was, those that install packages, all that put files into an image, or what
 * the layer is recorded under (spec audit.md § 4.3).
 */
export function candidates(
  origin: LayerOrigin,
  explained: Explained,
  transactions: Transactions = [],
): readonly string[] {
  const fills = origin.span.filter((instruction) => FILLS.test(instruction));
  const { pkg } = explained;
  if (pkg !== undefined) {
    const installing = fills.filter((instruction) => INSTALLS.test(instruction));
    const tries = [
      byCommand(installing, explained.dnf?.command),
      fills.filter((instruction) => mentions(instruction, pkg.name)),
      byTransaction(installing, pkg, transactions),
      installing,
    ];
    const best = tries.find((found) => found.length > 0);
    if (best) return best;
  }
  if (fills.length > 0) return fills;
  return origin.createdBy === '' ? [] : [origin.createdBy];
}

/** Where in an image, or in a base image, something came in. `chainIds` are those of that image. */
export interface Place {
  readonly chainIds: readonly string[];
  readonly layers: readonly ImageLayer[];
  readonly index: number;
}

export function originOf(
  { chainIds, layers, index }: Place,
  lineage: Lineage,
  explained: Explained,
  transactions: Transactions,
): FindingOrigin | null {
  const layer = layers[index];
  const chainId = chainIds[index];
  if (!layer || chainId === undefined) return null;
  const base = lineage.introducing(chainIds, index);
  return {
    layer: index + 1,
    layers: base?.layers ?? layers.length,
    digest: layer.facts.digest,
    diffId: layer.facts.diffId,
    chainId,
    base: base?.name ?? null,
    baseKind: base?.kind ?? null,
    below: lineage.below(chainIds, index)?.name ?? null,
    chosenAt: base?.chosenAt ?? null,
    createdBy: layer.createdBy,
    instructions: [...candidates(layer, explained, transactions)],
    repositories: [],
    commands: [],
  };
}
