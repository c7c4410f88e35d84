import { SlipwayError } from '../../util/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Program } from './readme.ts';

/** One archive of client tools: where its program is and how the archive is named (payload format § 2.5). */
export interface Target {
  readonly program: Program;
  /** Name by which `--command` asks for it. */
  readonly command: string;
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
  /** Only where `--command` names it. */
  readonly onlyByName?: boolean;
}

const ARTIFACTS = 'usr/share/openshift';
const TAR = '.tar.gz';

type Client = Pick<Target, 'os' | 'arch' | 'image' | 'path'> & { readonly name: string; readonly optional?: boolean };

function client({ name, ...rest }: Client): Target {
  return {
    program: 'oc',
    command: rest.path.slice(rest.path.lastIndexOf('/') + 1),
    archive: [`openshift-client-${name}-`, TAR],
    binary: 'oc',
    link: 'kubectl',
    markers: ['version'],
    ...rest,
  };
}

type Installer = Client & Partial<Pick<Target, 'command' | 'onlyByName'>>;

function installer({ name, ...target }: Installer): Target {
  return {
    program: 'openshift-install',
    command: 'openshift-install',
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
  client({
    os: 'darwin',
    arch: 'arm64',
    image: 'cli-artifacts',
    path: `${ARTIFACTS}/mac_arm64/oc`,
    name: 'mac-arm64',
    optional: true,
  }),
  {
    program: 'oc',
    command: 'oc',
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
  ...(
    [
      ['openshift-baremetal-install', 'openshift-baremetal-install-linux'],
      ['openshift-install-fips', 'openshift-install-rhel'],
    ] as const
  ).map(([command, name]) =>
    installer({
      os: 'linux',
      arch: undefined,
      image: 'baremetal-installer',
      path: 'usr/bin/openshift-install',
      name,
      command,
      onlyByName: true,
    }),
  ),
  ...(['', '.rhel8', '.rhel9'] as const).map(
    (variant): Target => ({
      program: 'ccoctl',
      command: `ccoctl${variant}`,
      os: 'linux',
      arch: undefined,
      image: 'cloud-credential-operator',
      path: `usr/bin/ccoctl${variant}`,
      archive: [`ccoctl-linux${variant.replace('.', '-')}-`, TAR],
      binary: 'ccoctl',
      markers: [],
      optional: true,
    }),
  ),
];

/** Which tools are wanted; what is left out is not narrowed down. */
export interface ToolSelection {
  /** `oc`, `openshift-install`, `ccoctl`, … as `--command` has it; left out: all but those only there by name. */
  readonly command?: string | undefined;
  /** GOOS and GOARCH of who will run them. */
  readonly platform?: { readonly os: string; readonly arch: string } | undefined;
}

/** `linux/arm64`, `mac`, `*` as `--command-os` has it; a system without architecture means amd64. */
export function parsePlatform(text: string): ToolSelection['platform'] {
  if (text === '*') return undefined;
  const [, os, arch = 'amd64'] = /^([a-z]+)(?:\/([a-z0-9_]+))?$/.exec(text) ?? [];
  if (os === undefined)
    throw new SlipwayError(
      'PAYLOAD_PLATFORM_INVALID',
      `"${text}" is no operating system like linux or mac/arm64, nor *.`,
      {
        place: { field: '--command-os' },
      },
    );
  return { os: os === 'mac' ? 'darwin' : os, arch };
}

/** `os/architecture` of all tools that a release with these components may have, sorted. */
export function platformsOf(releaseArch: string, images: ReadonlySet<string>): readonly string[] {
  const own = TARGETS.filter(({ image, onlyByName }) => images.has(image) && onlyByName !== true);
  return [...new Set(own.map(({ os, arch }) => `${os}/${arch ?? releaseArch}`))].sort(compareBytes);
}

/**
 * The wanted targets of a release, whether it has their components or not. An explicit Linux architecture equal to the
 * release's is left out where the program of the release's own architecture exists under another component.
 */
export function targetsFor(
  releaseArch: string,
  images: ReadonlySet<string>,
  { command, platform }: ToolSelection = {},
): readonly Target[] {
  const own = new Set(
    TARGETS.filter(({ arch, image }) => arch === undefined && images.has(image)).map((target) => target.command),
  );
  return TARGETS.filter((target) => {
    const { os, arch } = target;
    if (command === undefined ? target.onlyByName === true : target.command !== command) return false;
    if (platform !== undefined && (os !== platform.os || (arch ?? releaseArch) !== platform.arch)) return false;
    return !(os === 'linux' && arch === releaseArch && own.has(target.command));
  });
}
