import { type ImageFacts, type ReportModule, type ReportProgram, visible } from '../../model/index.ts';

const keyOf = ({ path, version }: { readonly path: string; readonly version: string }): string => `${path} ${version}`;
const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Every distinct Go module of programs with the number of images that carry it, sorted, and where each stands. */
export function moduleTable(images: readonly ImageFacts[]): {
  readonly modules: readonly ReportModule[];
  readonly places: ReadonlyMap<string, number>;
} {
  const rows = new Map<string, ReportModule>();
  for (const { layers } of images) {
    const linked = layers.flatMap(({ facts }) => facts.binaries.flatMap(({ go }) => go?.modules ?? []));
    for (const [key, { path, version }] of new Map(linked.map((module) => [keyOf(module), module]))) {
      rows.set(key, { path, version, images: (rows.get(key)?.images ?? 0) + 1 });
    }
  }
  const sorted = [...rows].sort(([a], [b]) => byKey(a, b));
  return { modules: sorted.map(([, row]) => row), places: new Map(sorted.map(([key], place) => [key, place])) };
}

/** Programs of an image that Go built, in every layer: what a later one hides is distributed all the same. */
export function programRows(image: ImageFacts, places: ReadonlyMap<string, number>): ReportProgram[] {
  const seen = new Set(
    visible(image, (facts) => facts.binaries).map(({ subject, layer }) => `${layer} ${subject.path}`),
  );
  return image.layers.flatMap(({ number, facts }, layer) =>
    facts.binaries.flatMap(({ path, go }) =>
      go === null
        ? []
        : [
            {
              path,
              layer: number,
              hidden: !seen.has(`${layer} ${path}`),
              toolchain: go.version,
              main: go.path,
              modules: go.modules.flatMap((module) => places.get(keyOf(module)) ?? []),
            },
          ],
    ),
  );
}
