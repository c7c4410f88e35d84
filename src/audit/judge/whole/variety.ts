import { type Finding, type FindingImage, identityOf, type PackageOccurrence, type Policy } from '../../model/index.ts';
import type { Examined } from '../../origin/index.ts';
import { describeSigner, signerOf } from '../../rules/index.ts';
import { hitsOf } from '../hits.ts';
import { wholeFinding } from '../sheet.ts';

interface Seen extends PackageOccurrence {
  readonly image: Examined['image'];
}

/** One finding about all NEVRAs that several builds of a set go under: it stands at no layer. */
export function varietyFindings(examined: readonly Examined[], policy: Policy): Finding[] {
  const byName = Map.groupBy(
    examined.flatMap(({ image, packages }) => packages.map((found): Seen => ({ ...found, image }))),
    ({ pkg }) => pkg.nevra,
  );
  const images = new Map<string, FindingImage>();
  const found = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([nevra, seen]) => {
      const builds = [...Map.groupBy(seen, ({ pkg }) => identityOf(pkg)).values()]
        .flatMap((same) => {
          const [one] = same;
          if (!one) return [];
          const signer = describeSigner(signerOf(one.pkg, policy));
          return { header: one.pkg.header, signer, images: [...new Set(same.map(({ image }) => image.name))].sort() };
        })
        .sort((a, b) => (`${a.header} ${a.signer}` < `${b.header} ${b.signer}` ? -1 : 1));
      const [hit] = hitsOf('variety', { nevra, builds }, policy);
      if (!hit) return [];
      for (const { image } of seen) images.set(`${image.name} ${image.digest}`, plainly(image));
      const { message, evidence } = hit.match;
      return { hit, subject: { label: nevra, message, package: null, repository: null, evidence, also: [], keys: [] } };
    });
  const [first] = found;
  if (!first) return [];
  const subjects = found.map(({ subject }) => subject);
  const where = [...images].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image);
  return [wholeFinding(first.hit, JSON.stringify(subjects.map(({ label }) => label)), subjects, where)];
}

const plainly = (image: Examined['image']): FindingImage => ({
  name: image.name,
  digest: image.digest,
  layers: image.layers.length,
  hiddenBy: null,
  by: 'layer',
  exceptions: [],
  accepted: false,
});
