/** Which program an archive holds. */
export type Program = 'oc' | 'openshift-install' | 'ccoctl';

interface Text {
  readonly title: string;
  readonly purpose: string;
  readonly start: string;
  readonly source: string;
}

const TEXTS: Readonly<Record<Program, Text>> = {
  oc: {
    title: 'OKD command line',
    purpose:
      'oc is the command line of OKD. kubectl, where it is part of the archive, is the same program under its Kubernetes name.',
    start: 'oc login URL',
    source: 'https://github.com/openshift/oc',
  },
  'openshift-install': {
    title: 'OKD installer',
    purpose: 'openshift-install makes an OKD cluster. This one installs the release that it is published with.',
    start: 'openshift-install create cluster',
    source: 'https://github.com/openshift/installer',
  },
  ccoctl: {
    title: 'OKD cloud credentials tool',
    purpose: 'ccoctl makes the credentials of a cluster whose cloud credential operator is in mode Manual.',
    start: 'ccoctl --help',
    source: 'https://github.com/openshift/cloud-credential-operator',
  },
};

/** README.md of an archive. */
export function readmeOf(program: Program, binaries: readonly string[]): string {
  const { title, purpose, start, source } = TEXTS[program];
  return `# ${title}

${purpose}

Put ${binaries.map((name) => `\`${name}\``).join(' and ')} into a folder of your PATH, then run:

    ${start}

Guides: https://docs.okd.io. Licence: Apache 2.0. Source: ${source}
`;
}

/** What stands above the release in release.txt. */
export const RELEASE_HEADING = `Client tools of OKD
-------------------

The archives in this folder belong to the release below. openshift-install, where present, installs exactly this
release. sha256sum.txt holds the digests of all files; check them with "sha256sum --check sha256sum.txt".

---

`;
