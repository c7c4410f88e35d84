import { humanSize, mebibytes, shortDuration } from '../text/index.ts';
import type { ComponentImage } from '../types.ts';

/** Sizes in bytes, compressed. */
export interface ImageSize {
  readonly image: ComponentImage;
  readonly size: number;
  /** In layers that no other image has; an image without any counts its top layer, if it is the first to show it. */
  readonly unique: number;
  /** Ordinal of the lowest layer among all lowest layers, in order of appearance. */
  readonly base: number;
}

export interface ReleaseSize {
  readonly images: readonly ImageSize[];
  /** Distinct layers. */
  readonly layers: number;
  readonly bytes: number;
  readonly bases: number;
}

/** Sizes of a release's images (payload format § 2.2). Pure. */
export function releaseSize(images: readonly ComponentImage[]): ReleaseSize {
  const uses = new Map<string, number>();
  const sizes = new Map<string, number>();
  for (const { layers } of images) {
    for (const { digest, size } of layers) {
      uses.set(digest, (uses.get(digest) ?? 0) + 1);
      sizes.set(digest, size);
    }
  }
  const bases = new Map<string, number>();
  const shown = new Set<string>();
  const rows = images.map((image): ImageSize => {
    const { layers } = image;
    const bottom = layers[0]?.digest ?? '';
    if (!bases.has(bottom)) bases.set(bottom, bases.size);
    let unique = sum(layers.filter(({ digest }) => uses.get(digest) === 1));
    const top = layers.at(-1);
    if (unique === 0 && top !== undefined && !shown.has(top.digest)) {
      unique = top.size;
      shown.add(top.digest);
    }
    return { image, size: sum(layers), unique, base: bases.get(bottom) ?? 0 };
  });
  return { images: rows, layers: sizes.size, bytes: [...sizes.values()].reduce((a, b) => a + b, 0), bases: bases.size };
}

function sum(layers: readonly { readonly size: number }[]): number {
  return layers.reduce((total, { size }) => total + size, 0);
}

/** Up to five bases are lettered, each one blank further right; more are numbered; a single one is not shown. */
function baseLabel(base: number, bases: number): string {
  if (bases === 1) return '';
  return bases <= 5 ? `${' '.repeat(base)}${String.fromCharCode(65 + base)}` : String(base + 1);
}

/** The lines of the `--size` table, with tabs between cells. */
export function sizeLines(images: readonly ComponentImage[], now: Date): readonly string[] {
  const release = releaseSize(images);
  const { bases } = release;
  const rows = release.images.map(({ image, size, unique, base }) => {
    const seconds = image.created === undefined ? Number.NaN : (now.getTime() - Date.parse(image.created)) / 1000;
    const age = Number.isNaN(seconds) ? '' : shortDuration(seconds);
    const cells = [
      age.padStart(4),
      String(image.layers.length).padStart(7),
      mebibytes(size).padStart(8),
      mebibytes(unique).padStart(10),
      ` ${baseLabel(base, bases)}`,
    ];
    return `  ${image.name}\t${cells.join('\t')}`;
  });
  const different = bases > 1 ? `, ${bases} different base images` : '';
  return [
    `  NAME\t AGE\t LAYERS\t SIZE MB\t UNIQUE MB\t ${bases > 1 ? 'BASE' : ''}`,
    ...rows,
    '',
    `  ${humanSize(release.bytes)} across ${release.layers} layers${different}`,
  ];
}
