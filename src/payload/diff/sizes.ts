import { compareBytes, humanSize } from '../text/index.ts';
import type { ComponentImage, Payload } from '../types.ts';

/** What of an image its size is told by. */
type Layered = Pick<ComponentImage, 'name' | 'digest' | 'layers'>;

/** The release image itself, beside those that it names: clients fetch it as well. */
export function releaseImage({ digest, image }: Payload): Layered {
  return { name: 'release image', digest, layers: image.manifest.layers };
}

/** Bytes of a component's image in two releases, compressed; a side is missing when it was added or removed. */
export interface ImageSizeChange {
  readonly name: string;
  readonly from?: number;
  readonly to?: number;
  /** In layers that no image of the earlier release has: what a client that has it must fetch for this image. */
  readonly fresh: number;
}

export interface SizeDifference {
  /** Distinct layers of each release together. */
  readonly from: number;
  readonly to: number;
  /** In layers that both releases have. */
  readonly shared: number;
  /** In layers that only the later release has. */
  readonly fresh: number;
  /** Of images that are not the same, in byte order of names. */
  readonly images: readonly ImageSizeChange[];
}

function layersOf(images: readonly Layered[]): ReadonlyMap<string, number> {
  return new Map(images.flatMap(({ layers }) => layers.map(({ digest, size }) => [digest, size] as const)));
}

const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, size) => total + size, 0);

/** Sizes of two releases' images beside each other, by layers. Pure. */
export function diffSizes(from: readonly Layered[], to: readonly Layered[]): SizeDifference {
  const [before, after] = [layersOf(from), layersOf(to)];
  const isFresh = (digest: string): boolean => !before.has(digest);
  const old = new Map(from.map((image) => [image.name, image]));
  const now = new Map(to.map((image) => [image.name, image]));
  const sizeOf = (image: Layered): number => sum(image.layers.map(({ size }) => size));
  const images = [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes).flatMap((name): ImageSizeChange[] => {
    const [a, b] = [old.get(name), now.get(name)];
    if (a !== undefined && b !== undefined && a.digest === b.digest) return [];
    return [
      {
        name,
        ...(a === undefined ? {} : { from: sizeOf(a) }),
        ...(b === undefined ? {} : { to: sizeOf(b) }),
        fresh: sum(
          new Map(
            b?.layers.filter(({ digest }) => isFresh(digest)).map((layer) => [layer.digest, layer.size]),
          ).values(),
        ),
      },
    ];
  });
  const fresh = sum([...after].filter(([digest]) => isFresh(digest)).map(([, size]) => size));
  return { from: sum(before.values()), to: sum(after.values()), shared: sum(after.values()) - fresh, fresh, images };
}

/** A line a changed image, and what the later release costs a client that has the earlier one. */
export function sizeDifferenceLines({ from, to, shared, fresh, images }: SizeDifference): readonly string[] {
  const text = (size: number | undefined): string => (size === undefined ? '-' : humanSize(size));
  return [
    'NAME\tFROM\tTO\tNEW',
    ...images.map((image) => `${image.name}\t${text(image.from)}\t${text(image.to)}\t${text(image.fresh)}`),
    '',
    `${humanSize(from)} before, ${humanSize(to)} now: ${humanSize(shared)} in layers of both, ${humanSize(fresh)} in new ones`,
  ];
}
