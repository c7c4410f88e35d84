import type { ImageFacts } from '../../model/index.ts';
import { standing } from '../../patterns/index.ts';
import type { Rule } from '../rule.ts';

const LICENSE_TERMS = 'com.redhat.license_terms';
/** The vendor's statements that stand for RHEL; the one that stands for UBI ends in `#UBI` (spec audit.md § 2.7). */
const RHEL_TERMS = /#rhel\b|redhat\.com\/agreements\b|Red_Hat_Standard_EULA/iu;
/** `4.16.0-202406061206.p0.gc6cad79.assembly.stream.el9`; builds for OKD end in `.scos9`. */
const OCP_RELEASE = /\bassembly\..*\.el\d+$/u;
const OCP_GROUP = /^openshift-\d/u;

const productBuild: Rule<'image'> = {
  id: 'IMG-001',
  title: 'build of OpenShift Container Platform in a payload of OKD',
  subject: 'image',
  severity: 'deny',
  fixed: false,
  test({ labels, environment }) {
    const { release = '' } = labels;
    const group = environment.__doozer_group ?? '';
    const signs = [
      ...(OCP_RELEASE.test(release) ? [`label release: ${release}`] : []),
      ...(OCP_GROUP.test(group) ? [`environment __doozer_group: ${group}`] : []),
    ];
    return signs.length === 0 ? undefined : { message: 'it says that it was built for OCP', evidence: signs };
  },
};

/** Places where an image or one of its ancestors states its terms. */
function termsOf({ labels, layers }: ImageFacts): string[] {
  const stated = labels[LICENSE_TERMS];
  return [
    ...(stated === undefined ? [] : [`label ${LICENSE_TERMS}: ${stated}`]),
    ...layers.flatMap(({ number, facts }) =>
      facts.dockerfiles.flatMap(({ path, labels: set }) => {
        const terms = set[LICENSE_TERMS];
        return terms === undefined ? [] : [`layer ${number}, ${path}: ${terms}`];
      }),
    ),
  ];
}

const licenseTerms: Rule<'image'> = {
  id: 'IMG-002',
  title: 'terms of RHEL stated by the image',
  subject: 'image',
  severity: 'deny',
  fixed: false,
  test(image) {
    const terms = termsOf(image).filter((line) => RHEL_TERMS.test(line));
    return terms.length === 0 ? undefined : { message: 'it names the terms of RHEL as its own', evidence: terms };
  },
};

const vendorLabels: Rule<'image'> = {
  id: 'IMG-004',
  title: 'labels that name a denied vendor',
  subject: 'image',
  severity: 'info',
  fixed: false,
  test({ labels }, policy) {
    // Builds of OKD by ART carry the vendor's labels as well: for the record, no more.
    const { vendor = '' } = labels;
    const component = labels['com.redhat.component'];
    const signs = [
      ...(vendor !== '' && standing(policy.vendors, [vendor]) === 'deny' ? [`label vendor: ${vendor}`] : []),
      ...(component === undefined ? [] : ['label com.redhat.component is set']),
    ];
    return signs.length === 0 ? undefined : { message: 'its labels name a denied vendor', evidence: signs };
  },
};

export const labelRules: readonly Rule<'image'>[] = [productBuild, licenseTerms, vendorLabels];
