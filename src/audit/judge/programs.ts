import type { ImageFacts, PackageFacts, PackageOccurrence } from '../model/index.ts';
import type { Subjects } from '../rules/index.ts';

/** Does the program's note name a package of the image? Notes name the source package (Fedora, package-notes). */
function accountedFor(packages: readonly PackageOccurrence[]): (name: string, version: string) => boolean {
  const known = new Set(
    packages.flatMap(({ pkg }: { readonly pkg: PackageFacts }) => [
      `${pkg.name} ${pkg.version}-${pkg.release}`,
      ...(pkg.sourceRpm === null
        ? []
        : [pkg.sourceRpm.replace(/\.(no)?src\.rpm$/u, '').replace(/-([^-]+-[^-]+)$/u, ' $1')]),
    ]),
  );
  return (name, version) => known.has(`${name} ${version.replace(/^\d+:/u, '')}`);
}

/** Programs of every layer, and whether a package of the image stands for what they say of themselves. */
export function programsOf(
  image: ImageFacts,
  packages: readonly PackageOccurrence[],
): { readonly subject: Subjects['program']; readonly layer: number }[] {
  const accounted = accountedFor(packages);
  return image.layers.flatMap(({ facts }, layer) =>
    facts.binaries.map((binary) => ({
      subject: { binary, accounted: binary.note !== null && accounted(binary.note.name, binary.note.version) },
      layer,
    })),
  );
}
