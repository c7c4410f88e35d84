import type { ReleaseDetail, StatusView } from './types.ts';

/**
 * What a person types to get or check a release: the text of the copy boxes, with nothing left to fill in. Pure.
 * Layouts: containers-policy.json(5), containers-registries.d(5); the server's paths are in docs.
 */
export interface Command {
  readonly title: string;
  readonly text: string;
  /** Whether the text is a file to write, and which. */
  readonly file?: string;
}

/** `localhost:8080/okd/scos-release` of `localhost:8080/okd/scos-release@sha256:…` or `…:tag`. */
export function repositoryOf(pullSpec: string): string {
  return pullSpec.replace(/@.*$/, '').replace(/:[^:/]+$/, '');
}

/** A registry on this machine speaks plain HTTP, which clients accept only when told. */
const isLocal = (registry: string) => /^(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(registry);

/** How to look into a release, pull it and move a cluster to it; nothing for one that is not published. */
export function getCommands(release: Pick<ReleaseDetail, 'pullSpec' | 'channels'>, status: StatusView): Command[] {
  const { pullSpec, channels } = release;
  if (pullSpec === null) return [];
  const [oc, podman] = isLocal(status.registry) ? [' --insecure', ' --tls-verify=false'] : ['', ''];
  const commands: Command[] = [
    { title: 'See what is inside', text: `oc adm release info${oc} ${pullSpec}` },
    { title: 'Take the installer and the client out of it', text: `oc adm release extract${oc} --tools ${pullSpec}` },
    { title: 'Pull the release image', text: `podman pull${podman} ${pullSpec}` },
  ];
  const [channel] = channels;
  if (channel === undefined)
    return [
      ...commands,
      { title: 'Move a test cluster to it', text: `oc adm upgrade --to-image=${pullSpec} --allow-explicit-upgrade` },
    ];
  const upstream = JSON.stringify({ spec: { upstream: `${status.publicUrl}/graph`, channel } });
  return [
    ...commands,
    {
      title: 'Let a cluster ask this server for updates, then list them',
      text: `oc patch clusterversion version --type=merge -p '${upstream}'\noc adm upgrade`,
    },
  ];
}

/** How to check the signature with tools that know nothing of Slipway; nothing for a release that is not published. */
export function verifyCommands(
  { pullSpec, name }: Pick<ReleaseDetail, 'pullSpec' | 'name'>,
  status: StatusView,
): Command[] {
  if (pullSpec === null) return [];
  const repository = repositoryOf(pullSpec);
  const policy = {
    default: [{ type: 'reject' }],
    transports: {
      docker: {
        [repository]: [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: 'slipway.pub' }],
      },
    },
  };
  return [
    {
      title: 'Fetch the public key, and compare its fingerprint',
      text: `curl -o slipway.pub ${status.publicUrl}/keys/release.pub\ngpg --show-keys slipway.pub`,
    },
    { title: 'Say which signature you insist on', file: 'policy.json', text: JSON.stringify(policy, undefined, 2) },
    {
      title: 'Say where signatures are kept',
      file: 'registries.d/slipway.yaml',
      text: `docker:\n  ${repository}:\n    lookaside: ${status.publicUrl}/lookaside`,
    },
    {
      title: 'Copy the release; a missing or wrong signature stops it',
      text: `skopeo --policy policy.json --registries.d registries.d copy${isLocal(status.registry) ? ' --src-tls-verify=false' : ''} \\\n  docker://${pullSpec} \\\n  dir:./${name}`,
    },
  ];
}
