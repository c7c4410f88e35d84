import type { ImageFacts } from '../../model/index.ts';
import type { Rule } from '../rule.ts';

const buildHostResidue: Rule<'residue'> = {
  id: 'ENT-002',
  title: "file of a build host's subscription",
  subject: 'residue',
  severity: 'deny',
  fixed: false,
  test({ path, kind, sha256 }) {
    const what =
      kind === 'secret' ? 'a file that a build host passes in as a secret' : "state of a build host's subscription";
    return { message: `the layer holds ${what}`, evidence: [`file: ${path}`, `sha256: ${sha256}`] };
  },
};

const PRODUCT = /^cpe:(\/|2\.3:)[ao]:redhat:/u;
const NODE_NAME = /\b(rhcos|rhel-coreos)\b/u;

/** Only node images have the list of packages, or say that they can be booted. */
const isNode = ({ labels, layers }: ImageFacts): boolean =>
  labels['containers.bootc'] !== undefined ||
  labels['ostree.bootable'] !== undefined ||
  layers.some(({ facts }) => facts.packageLists.length > 0);

const productLabels: Rule<'image'> = {
  id: 'IMG-003',
  title: 'labels file of a RHEL build',
  subject: 'image',
  severity: 'deny',
  fixed: false,
  test(image) {
    const node = isNode(image);
    const signs = image.layers.flatMap(({ number, facts }) =>
      facts.labelFiles.flatMap(({ path, labels }) => {
        const words = Object.entries(labels).filter(
          ([name, value]) => (name === 'cpe' && PRODUCT.test(value)) || (name === 'name' && NODE_NAME.test(value)),
        );
        // Builds of CentOS Stream CoreOS write no such file (openshift/os, generate-labels).
        if (words.length === 0 && !node) return [];
        return [`layer ${number}, ${path}`, ...words.map(([name, value]) => `${name}: ${value}`)];
      }),
    );
    if (signs.length === 0) return undefined;
    return { message: 'it has the labels file that builds of RHEL write', evidence: signs };
  },
};

const otherPackageList: Rule<'image'> = {
  id: 'IMG-005',
  title: "node image's own list of packages differs from its database",
  subject: 'image',
  severity: 'warn',
  fixed: false,
  test({ layers }) {
    const lists = layers.flatMap(({ facts }) => facts.packageLists);
    const list = lists.at(-1);
    if (!list) return undefined;
    const installed = new Set(
      layers.flatMap(({ facts }) =>
        facts.rpmdbs.flatMap(({ packages }) => packages.map(({ nevra }) => nevra.replace('-0:', '-'))),
      ),
    );
    const missing = list.packages.filter((nevra) => !installed.has(nevra));
    if (missing.length === 0) return undefined;
    return {
      message: `${missing.length} of the ${list.packages.length} packages of ${list.path} are in none of its databases`,
      evidence: missing,
    };
  },
};

export const residueRules: readonly Rule<'residue'>[] = [buildHostResidue];
export const nodeRules: readonly Rule<'image'>[] = [productLabels, otherPackageList];
