import { componentNames, firstMatch } from '../../patterns/index.ts';
import type { Rule } from '../rule.ts';

const unreadableContent: Rule<'gap'> = {
  id: 'COV-001',
  title: 'layer or RPM database that could not be read',
  subject: 'gap',
  severity: 'deny',
  fixed: true,
  test(gap) {
    if (gap.kind === 'evidence') return undefined;
    const message =
      gap.kind === 'layer'
        ? `the layer ${gap.path} could not be read, so nothing is known of what it holds`
        : `${gap.path} could not be read, so its packages are not known`;
    return { message, evidence: [`${gap.code}: ${gap.message}`] };
  },
};

const unreadableEvidence: Rule<'gap'> = {
  id: 'COV-002',
  title: 'other evidence that could not be read',
  subject: 'gap',
  severity: 'warn',
  fixed: true,
  test(gap) {
    if (gap.kind !== 'evidence') return undefined;
    return { message: `${gap.path} could not be read`, evidence: [`${gap.code}: ${gap.message}`] };
  },
};

const noPackages: Rule<'image'> = {
  id: 'RPM-012',
  title: 'no RPM database in an image that should have one',
  subject: 'image',
  severity: 'deny',
  fixed: true,
  test(image, policy) {
    // Whether a layer that could not be read holds one is not known; COV-001 says so.
    if (image.layers.some((layer) => layer.facts.gaps.some(({ kind }) => kind === 'layer'))) return undefined;
    const copies = image.layers.flatMap((layer) => layer.facts.rpmdbs);
    if (copies.some((copy) => copy.packages.length > 0)) return undefined;
    if (firstMatch(policy.imagesWithoutPackages, componentNames(image.name)) !== undefined) return undefined;
    return {
      message: copies.length === 0 ? 'no layer holds an RPM database' : 'its RPM databases list no package',
      evidence: copies.map((copy) => `empty: ${copy.path}`),
    };
  },
};

export const gapRules: readonly Rule<'gap'>[] = [unreadableContent, unreadableEvidence];
export const imageRules: readonly Rule<'image'>[] = [noPackages];
