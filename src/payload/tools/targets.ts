import type { Program } from './readme.ts';

/** One archive of client tools: where its program is and how the archive is named (payload format § 2.5). */
export interface Target {
  readonly program: Program;
  readonly os: 'linux' | 'darwin' | 'windows';
  /** GOARCH; `undefined` is the architecture of the release. */
  readonly arch: string | undefined;
  /** Component that has the program. */
  readonly image: string;
  /** Path in the image, without leading slash. */
  readonly path: string;
  /** Archive name around the version. */
  readonly archive: readonly [before: string, after: string];
  /** Name in the archive. */
  readonly binary: string;
  /** Another name for the same program. */
  readonly link?: string;
  readonly markers: readonly ('image' | 'version' | 'architecture')[];
  /** Newer variants that older components lack: no word when they are missing. */
  readonly optional?: boolean;
}

const ARTIFACTS = 'usr/share/openshift';
const TAR = '.tar.gz';

type Client = Pick<Target, 'os' | 'arch' | 'image' | 'path'> & { readonly name: string; readonly optional?: boolean };

function client({ name, ...rest }: Client): Target {
  return {
    program: 'oc',
    archive: [`openshift-client-${name}-`, TAR],
    binary: 'oc',
    link: 'kubectl',
    markers: ['version'],
    ...rest,
  };
}

function installer(
  rest: Pick<Target, 'os' | 'arch' | 'image' | 'path'> & { readonly name: string; readonly optional?: boolean },
): Target {
  const { name, ...target } = rest;
  return {
    program: 'openshift-install',
    archive: [`${name}-`, TAR],
    binary: 'openshift-install',
    markers: ['image', 'version', 'architecture'],
    ...target,
  };
}

const LINUX_CLIENTS = ['amd64', 'arm64', 'ppc64le'] as const;
const RHEL_CLIENTS = ['amd64', 'arm64', 'ppc64le', 's390x'] as const;

export const TARGETS: readonly Target[] = [
  client({ os: 'linux', arch: undefined, image: 'cli', path: 'usr/bin/oc', name: 'linux' }),
  ...LINUX_CLIENTS.map((arch) =>
    client({
      os: 'linux',
      arch,
      image: 'cli-artifacts',
      path: `${ARTIFACTS}/linux_${arch}/oc`,
      name: `linux-${arch}`,
      optional: true,
    }),
  ),
  ...['rhel8', 'rhel9'].flatMap((rhel) =>
    RHEL_CLIENTS.map((arch) =>
      client({
        os: 'linux',
        arch,
        image: 'cli-artifacts',
        path: `${ARTIFACTS}/linux_${arch}/oc.${rhel}`,
        name: `linux-${arch}-${rhel}`,
        optional: true,
      }),
    ),
  ),
  client({ os: 'darwin', arch: 'amd64', image: 'cli-artifacts', path: `${ARTIFACTS}/mac/oc`, name: 'mac' }),
  client({ os: 'darwin', arch: 'arm64', image: 'cli-artifacts', path: `${ARTIFACTS}/mac_arm64/oc`, name: 'mac-arm64' }),
  {
    program: 'oc',
    os: 'windows',
    arch: 'amd64',
    image: 'cli-artifacts',
    path: `${ARTIFACTS}/windows/oc.exe`,
    archive: ['openshift-client-windows-', '.zip'],
    binary: 'oc.exe',
    markers: ['version'],
  },
  installer({
    os: 'linux',
    arch: undefined,
    image: 'installer',
    path: 'usr/bin/openshift-install',
    name: 'openshift-install-linux',
  }),
  ...(
    [
      ['linux', 'amd64', 'linux_amd64', 'linux-amd64'],
      ['linux', 'arm64', 'linux_arm64', 'linux-arm64'],
      ['darwin', 'amd64', 'mac', 'mac'],
      ['darwin', 'arm64', 'mac_arm64', 'mac-arm64'],
    ] as const
  ).map(([os, arch, folder, name]) =>
    installer({
      os,
      arch,
      image: 'installer-artifacts',
      path: `${ARTIFACTS}/${folder}/openshift-install`,
      name: `openshift-install-${name}`,
      optional: arch === 'arm64' || os === 'linux',
    }),
  ),
  installer({
    os: 'linux',
    arch: undefined,
    image: 'baremetal-installer',
    path: 'usr/bin/openshift-install',
    name: 'openshift-baremetal-install-linux',
    optional: true,
  }),
  ...(['', '.rhel8', '.rhel9'] as const).map(
    (variant): Target => ({
      program: 'ccoctl',
      os: 'linux',
      arch: undefined,
      image: 'cloud-credential-operator',
      path: `usr/bin/ccoctl${variant}`,
      archive: [`ccoctl-linux${variant.replace('.', '-')}-`, TAR],
      binary: 'ccoctl',
      markers: [],
      optional: variant !== '',
    }),
  ),
];

/**
 * The targets of a release: an explicit Linux architecture equal to the release's is left out where the program of the
 * release's own architecture exists under another component.
 */
export function targetsFor(releaseArch: string, images: ReadonlySet<string>): readonly Target[] {
  const own = new Set(
    TARGETS.filter(({ arch, image }) => arch === undefined && images.has(image)).map(({ program }) => program),
  );
  return TARGETS.filter(({ program, os, arch, path, image }) => {
    if (!images.has(image)) return false;
    const variant = /\.rhel\d+$/.test(path);
    return !(os === 'linux' && arch === releaseArch && !variant && own.has(program));
  });
}
