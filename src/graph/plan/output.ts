import { stringify } from 'yaml';
import type { Plan } from './plan.ts';

/** A runbook in Markdown: what to run, hop by hop. */
export function runbook(
  plan: Plan,
  { from, to, arch }: { readonly from: string; readonly to: string; readonly arch: string },
): string {
  const lines = [
    `# From ${from} to ${to} (${arch})`,
    '',
    `${plan.hops.length} hops, ${plan.minors} minors crossed, ${plan.risks} risks to judge, ${plan.untested} hops that nobody has tested.`,
    '',
    'Before every hop: `oc adm upgrade status` says that nothing is under way, `oc get clusteroperators` that all are available, and there is a backup of etcd.',
  ];
  let channel: string | undefined;
  for (const [at, hop] of plan.hops.entries()) {
    lines.push('', `## ${at + 1}. ${hop.from} → ${hop.to}`, '', `Payload: \`${hop.payload}\`. Tests: ${hop.tested}.`);
    if (hop.minutes !== undefined) lines.push(`Takes about ${hop.minutes} minutes, by the tests that passed.`);
    for (const { name, message, url } of hop.risks) lines.push('', `**${name}**: ${message} <${url}>`);
    lines.push('', '```sh');
    if (hop.channel !== channel) lines.push(`oc adm upgrade channel ${hop.channel}`);
    channel = hop.channel;
    for (const ack of hop.acks)
      lines.push(
        '# read what it is about first: oc -n openshift-config-managed get configmap admin-gates -o yaml',
        `oc -n openshift-config patch configmap admin-acks --type=merge --patch '{"data":{"${ack}":"true"}}'`,
      );
    const conditional = hop.risks.length > 0 || hop.tested === 'untested';
    lines.push(`oc adm upgrade --to=${hop.to}${conditional ? ' --allow-not-recommended' : ''}`);
    lines.push('oc adm wait-for-stable-cluster --minimum-stable-period=5m', '```');
  }
  return `${lines.join('\n')}\n`;
}

/** One pull spec a line: what has to be mirrored for the path, the first release too when `start` is given. */
export function mirrorList(plan: Plan, start?: string): string {
  return [...(start === undefined ? [] : [start]), ...plan.hops.map((hop) => hop.payload)]
    .map((line) => `${line}\n`)
    .join('');
}

/**
 * An ImageSetConfiguration for oc-mirror v2 with exactly the hops. Each is an entry of its own: oc-mirror picks
 * versions between two by SemVer and does not see conditional edges, so a range would be another path.
 */
export function imageSetConfiguration(
  plan: Plan,
  { arch, graphUrl }: { readonly arch: string; readonly graphUrl: string },
): string {
  const document = {
    kind: 'ImageSetConfiguration',
    apiVersion: 'mirror.openshift.io/v2alpha1',
    mirror: {
      platform: {
        architectures: [arch],
        channels: plan.hops.map(({ channel, to }) => ({ name: channel, type: 'ocp', minVersion: to, maxVersion: to })),
      },
    },
  };
  return `# UPDATE_URL_OVERRIDE=${graphUrl} oc-mirror --v2 -c <this file> --workspace file://<folder> docker://<registry>\n${stringify(document)}`;
}

/** The path as a Mermaid flow chart. */
export function mermaid(plan: Plan): string {
  const id = (version: string): string => version.replaceAll(/[^0-9A-Za-z]/g, '_');
  return [
    'flowchart LR',
    ...plan.hops.map(
      ({ from, to, risks, tested }) =>
        `  ${id(from)}["${from}"] ${risks.length > 0 ? `-. "${risks.map(({ name }) => name).join(', ')}" .->` : tested === 'untested' ? '-. "untested" .->' : '-->'} ${id(to)}["${to}"]`,
    ),
    '',
  ].join('\n');
}
