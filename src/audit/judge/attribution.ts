import type { ImageFacts, LayerOrigin } from '../facts/model.ts';
import type { FindingOrigin } from '../report/model.ts';
import type { Lineage } from './lineage.ts';

const INSTALLS = /\b(dnf|yum|microdnf|tdnf|zypper|rpm|rpm-ostree)\b/u;
const FILLS = /^(RUN|COPY|ADD)\b/u;

/** What of a layer is to be explained: a package, or a file. */
export interface Explained {
  readonly packageName?: string;
  readonly path?: string;
}

const mentions = (instruction: string, word: string): boolean =>
  instruction.split(/[\s"'`,;&|()=]+/u).some((part) => part === word || part.startsWith(`${word}-`));

/**
 * The instructions of a layer's span that may have brought something in: those that name it, else those that install
 * packages, else all that put files into an image, else what the layer is recorded under (spec audit.md § 4.3).
 */
export function candidates(origin: LayerOrigin, explained: Explained): readonly string[] {
  const fills = origin.span.filter((instruction) => FILLS.test(instruction));
  const { packageName } = explained;
  const named = packageName === undefined ? [] : fills.filter((instruction) => mentions(instruction, packageName));
  if (named.length > 0) return named;
  const installing = packageName === undefined ? [] : fills.filter((instruction) => INSTALLS.test(instruction));
  if (installing.length > 0) return installing;
  if (fills.length > 0) return fills;
  return origin.createdBy === '' ? [] : [origin.createdBy];
}

/** Where in an image something came in. `chainIds` are those of the image. */
export function originOf(
  image: ImageFacts,
  chainIds: readonly string[],
  index: number,
  lineage: Lineage,
  explained: Explained,
): FindingOrigin | null {
  const layer = image.layers[index];
  const chainId = chainIds[index];
  if (!layer || chainId === undefined) return null;
  const base = lineage.introducing(chainIds, index);
  return {
    layer: index + 1,
    layers: base?.diffIds.length ?? image.layers.length,
    digest: layer.facts.digest,
    diffId: layer.facts.diffId,
    chainId,
    base: base?.name ?? null,
    createdBy: layer.createdBy,
    instructions: [...candidates(layer, explained)],
  };
}
