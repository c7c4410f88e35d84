/**
 * Sample data for working on the site without a server: every state that a page must be able to show. Nothing here is
 * real, nothing here is shipped. Names follow the example stream, digests are hashes of their own names.
 */
import { createHash } from 'node:crypto';
import type { Api } from '../src/lib/api.ts';
import { sampleChangelog, sampleContents } from './fixture-compare.ts';
import type { Audit, ChannelView, Component, Gate, ReleaseDetail, ReleaseSummary, StatusView, Step, StreamView } from '../src/lib/types.ts';

const PUBLIC_URL = 'http://localhost:8080';
const REGISTRY = 'localhost:8080';
const hex = (name: string) => createHash('sha256').update(name).digest('hex');
const digest = (name: string) => `sha256:${hex(name)}`;

/** Times are given in minutes before now, so that ages on the pages look alive. */
const before = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export const names = {
  stable: '4.21.0-okd-scos.1',
  oldStable: '4.21.0-okd-scos.0',
  accepted: '4.21.0-0.okd-scos-2026-11-23-041200',
  rejected: '4.21.0-0.okd-scos-2026-11-23-052620',
  running: '4.21.0-0.okd-scos-2026-11-23-060000',
  failed: '4.21.0-0.okd-scos-2026-11-22-230000',
} as const;

const NIGHTLY = '4.21.0-0.okd-scos';
const STABLE = '4-scos-stable';
const CHANNEL = 'stable-scos-4.21';

const COMPONENTS = [
  ['cluster-version-operator', true], ['harbor-operator', true], ['harbor-api', false], ['harbor-web', false], ['crane-operator', true],
  ['crane-scheduler', false], ['dock-operator', true], ['dock-agent', false], ['pilot-operator', true], ['pilot-proxy', false],
  ['stream-coreos', false], ['stream-coreos-extensions', false], ['cli', false], ['tide-exporter', false],
] as const;

function components(): Component[] {
  return COMPONENTS.map(([name, operator], index) => ({
    name,
    pullSpec: `${REGISTRY}/okd/scos-content@${digest(name)}`,
    operator,
    sourceLocation: name.startsWith('stream') ? null : `https://github.com/okd-project/${name}`,
    commit: name.startsWith('stream') ? null : hex(`commit ${name}`).slice(0, 40),
    packages: 31 + ((index * 37) % 160),
    sizeBytes: 900_000 + ((index * 7_654_321) % 90_000_000),
    problem: null,
    versions: name === 'stream-coreos' ? { 'machine-os': '10.0.20261120-0' } : {},
  }));
}

type StepSpec = readonly [name: string, title: string, state: Step['state'], seconds: number | null, detail: string | null];

function steps(specs: readonly StepSpec[], minutesAgo: number): Step[] {
  return specs.map(([name, title, state, seconds, detail]) => ({
    name,
    title,
    state,
    startedAt: state === 'waiting' || state === 'skipped' ? null : before(minutesAgo),
    seconds,
    detail,
  }));
}

const NIGHTLY_DONE: readonly StepSpec[] = [
  ['import', 'Import component images', 'done', 2.1, '14 images of set "clean", 3.4 MiB'],
  ['audit', 'Audit every package', 'done', 1.4, '14 images, 868 packages, no finding that denies'],
  ['assemble', 'Assemble the payload', 'done', 0.8, '14 images, 41 manifests'],
  ['lint', 'Lint as a cluster would', 'done', 0.2, 'no errors, 1 warning'],
  ['verify', 'Run end-to-end jobs', 'done', 75.6, '3 of 4 jobs passed'],
  ['judge', 'Accept or reject', 'done', 0.1, 'All 4 blocking gates passed.'],
  ['publish', 'Publish', 'done', 0.9, null],
];
const STABLE_DONE: readonly StepSpec[] = [
  ['promote', 'Promote the nightly', 'done', 0.4, 'content unchanged: 14 images'],
  ['sign', 'Sign the payload', 'done', 0.3, 'key 5D1A0C94E1B7F203'],
  ['publish', 'Publish', 'done', 3.2, 'registry, signatures, downloads, graph'],
];

const gates: Gate[] = [
  { gate: 'audit', blocking: true, passed: true, reason: '868 packages in 14 images satisfy policy "okd-scos".', evidence: [digest('audit report')] },
  { gate: 'lint', blocking: true, passed: true, reason: 'A cluster would accept the payload.', evidence: [digest('lint report')] },
  { gate: 'payload-smoke', blocking: true, passed: true, reason: '12 tests passed.', evidence: [digest('smoke')] },
  { gate: 'operator-manifests', blocking: true, passed: true, reason: '31 tests passed.', evidence: [digest('manifests')] },
  { gate: 'upgrade-rehearsal', blocking: false, passed: false, reason: '1 of 9 tests failed.', evidence: [digest('rehearsal')] },
];

const audit: Audit = {
  verdict: 'pass',
  policy: { name: 'okd-scos', digest: digest('policy'), profile: 'stable' },
  images: 14,
  packages: 868,
  proof: [
    { level: 'L0', label: 'no data', packages: 0 },
    { level: 'L1', label: 'strings only', packages: 14 },
    { level: 'L2', label: 'key id', packages: 42 },
    { level: 'L3', label: 'header signature verified', packages: 812 },
  ],
  signers: [
    { keyId: '05b555b38483c65d', owner: 'CentOS (CentOS Official Signing Key) <security@centos.org>', packages: 700, images: 14, verified: 700, fingerprint: '99db70fae1d7ce227fb6488205b555b38483c65d', verdict: 'allow' },
    { keyId: '1ff6a2171d997668', owner: 'CentOS SIG Cloud', packages: 112, images: 9, verified: 112, fingerprint: null, verdict: 'allow' },
  ],
  bases: [{ name: 'base-stream9', layers: 1, images: ['cli', 'harbor-api', 'harbor-web'], packages: 143, signers: [{ keyId: '05b555b38483c65d', owner: 'CentOS Official', packages: 143 }] }],
  exceptions: [{ id: 'okd-node-art-rpms', rules: ['RPM-001'], owner: '@okd/node', reason: 'kubelet and oc come from ART until the SIG repository carries them.', expires: '2026-11-15', state: 'active', expiring: false, covers: 4 }],
  differenceProblem: null,
  difference: { previous: names.accepted, images: { added: [], removed: [] }, packages: [{ name: 'tzdata.noarch', before: '2026a-1.el9', after: '2026b-1.el9', signer: 'CentOS Official', images: ['cli', 'harbor-api'] }], signersAdded: [], signersRemoved: [], bases: [], findingsAdded: [], findingsGone: [] },
  findings: [
    {
      id: 'RPM-006:9f2c51a0d3e4b687', rule: 'RPM-006', severity: 'warn', message: 'The package is not signed; its build host vouches for it.',
      title: 'not signed',
      images: ['cli', 'tide-exporter'], packages: ['okd-client-4.21.0-1.x86_64'], layer: `layer 3 of 3 (${digest('cli layer')})`, introducedBy: 'RUN rpm -i /tmp/okd-client.rpm',
      origin: [`introduced in layer 3 of 3 (${digest('cli layer')})`, 'by RUN rpm -i /tmp/okd-client.rpm', 'the base image below it, "base-stream9", does not have it'],
      lineToRevert: null,
      subjects: [{ label: 'okd-client-4.21.0-1.x86_64', message: 'is not signed', package: 'okd-client-4.21.0-1.x86_64', evidence: ['build host: build-04.okd.example', 'no signature'], also: [] }],
    },
  ],
};

const BAD_BASE = 'base-enterprise:9.4';
const denied = ['openssl-libs-1:3.0.7-27.el9_4.x86_64', 'glibc-2.34-100.el9_4.x86_64', 'systemd-libs-252-32.el9_4.x86_64', 'zlib-1.2.11-40.el9.x86_64'];

const findingId = (index: number) => `${index === 1 ? 'RPM-015' : 'RPM-002'}:${hex(`finding ${index}`).slice(0, 16)}`;

const badAudit: Audit = {
  ...audit,
  verdict: 'fail',
  proof: [
    { level: 'L0', label: 'no data', packages: 2 },
    { level: 'L1', label: 'strings only', packages: 12 },
    { level: 'L2', label: 'key id', packages: 186 },
    { level: 'L3', label: 'header signature verified', packages: 668 },
  ],
  signers: [...audit.signers, { keyId: '199e2f91fd431d51', owner: 'Example Enterprise Vendor (release key)', packages: 186, images: 3, verified: 0, fingerprint: null, verdict: 'deny' }],
  findings: [
    ...[denied.slice(0, 3), denied.slice(3)].map((names, index) => ({
      id: findingId(index),
      rule: index === 1 ? 'RPM-015' : 'RPM-002',
      title: index === 1 ? 'built on a denied host, by the words of its header' : 'built by a denied vendor, by the words of its header',
      severity: 'deny' as const,
      message: index === 1
        ? `${names.join(', ')}: says it was built on x86-64-07.build.enterprise.example.`
        : `${names.join(', ')}: says it was built by "Example Enterprise Vendor, Inc.".`,
      images: ['harbor-api', 'harbor-operator', 'harbor-web'],
      packages: names,
      layer: `layer 1 of 3 of base image "${BAD_BASE}" (${digest('bad base layer')})`,
      introducedBy: `base image "${BAD_BASE}"`,
      origin: [`introduced in layer 1 of 3 of base image "${BAD_BASE}" (${digest('bad base layer')})`],
      lineToRevert: { file: 'stream.yaml', line: 93, text: `base: ${BAD_BASE}`, before: 'base-stream9' },
      subjects: names.map((name) => ({
        label: name,
        message: 'says it was built by a denied vendor',
        package: name,
        evidence: ['signature claims Example Enterprise Vendor (199e2f91fd431d51)', 'vendor: Example Enterprise Vendor, Inc.', 'build host: x86-64-07.build.enterprise.example', 'proof: L2 (key id)'],
        also: [],
      })),
    })),
    ...audit.findings,
  ],
};

function summary(part: Partial<ReleaseSummary> & Pick<ReleaseSummary, 'name' | 'phase' | 'createdAt'>): ReleaseSummary {
  const stable = !part.name.includes('-0.okd-scos-');
  return {
    stream: stable ? STABLE : NIGHTLY,
    kind: stable ? 'stable' : 'nightly',
    digest: null,
    pullSpec: null,
    promotedFrom: null,
    promotedTo: null,
    signed: false,
    published: false,
    channels: [],
    reason: null,
    ...part,
  };
}

function published(name: string): Pick<ReleaseSummary, 'digest' | 'pullSpec' | 'published'> {
  return { digest: digest(name), pullSpec: `${REGISTRY}/okd/scos-release@${digest(name)}`, published: true };
}

const summaries: ReleaseSummary[] = [
  summary({ name: names.running, phase: 'Ready', createdAt: before(1), digest: digest(names.running), reason: 'End-to-end jobs are running.' }),
  summary({
    name: names.rejected, phase: 'Rejected', createdAt: before(34),
    reason: `audit: 4 packages are denied in harbor-api, harbor-operator and harbor-web; base image ${BAD_BASE} brought them in.`,
  }),
  summary({ name: names.stable, phase: 'Accepted', createdAt: before(106), ...published(names.stable), signed: true, channels: [CHANNEL, 'candidate-scos-4.21'], promotedFrom: names.accepted, reason: `Promoted from ${names.accepted}.` }),
  summary({ name: names.accepted, phase: 'Accepted', createdAt: before(109), ...published(names.accepted), promotedTo: names.stable, reason: 'All 4 blocking gates passed. Informing gates not passed: upgrade-rehearsal.' }),
  summary({ name: names.failed, phase: 'Failed', createdAt: before(420), reason: 'import: the registry has no image "dock-agent" (OCI_MANIFEST_UNKNOWN).' }),
  summary({ name: names.oldStable, phase: 'Accepted', createdAt: before(4400), ...published(names.oldStable), signed: true, channels: [CHANNEL], reason: 'Promoted from 4.21.0-0.okd-scos-2026-11-20-041200.' }),
];

const VERSIONS = ['4.20.0-okd-scos.16', '4.20.0-okd-scos.17', '4.20.0-okd-scos.18', '4.21.0-okd-scos.ec.1', names.oldStable, names.stable];
for (const [index, name] of VERSIONS.slice(0, 4).entries()) {
  summaries.push(summary({ name, kind: name.includes('.ec.') ? 'candidate' : 'stable', phase: 'Accepted', createdAt: before(90_000 - index * 9000), ...published(name), signed: !name.includes('.ec.'), channels: [CHANNEL], reason: 'Promoted by hand.' }));
}

function detail(of: ReleaseSummary, part: Partial<ReleaseDetail>): ReleaseDetail {
  return {
    ...of,
    working: false, steps: [], gates: [], audit: null, auditProblem: null, lint: [], components: [], payloadProblem: null, componentVersions: [], manifests: 0, verification: [], changelog: null,
    signatures: [], downloads: [], attestations: [], upgradesFrom: [], upgradesTo: [],
    ledger: [{ sequence: 41, at: of.createdAt, kind: 'release.created', actor: 'slipway', summary: `${of.name} was created.`, digest: digest(`ledger ${of.name}`) }],
    ...part,
  };
}

const full: Partial<ReleaseDetail> = {
  gates,
  audit,
  lint: [{ rule: 'P014', severity: 'warning', message: 'The operator harbor-operator declares no relatedObjects in its ClusterOperator.', place: 'manifests/0000_50_harbor-operator_07_clusteroperator.yaml' }],
  components: components(),
  componentVersions: [
    { name: 'kubernetes', displayName: 'Kubernetes', version: '1.34.2' },
    { name: 'machine-os', displayName: 'CentOS Stream CoreOS', version: '10.0.20261120-0' },
  ],
  manifests: 41,
  verification: [
    { job: 'payload-smoke', attempt: 1, blocking: true, state: 'passed', seconds: 22.4, tests: 12, failures: 0, skipped: 0, failed: [] },
    { job: 'operator-manifests', attempt: 1, blocking: true, state: 'failed', seconds: 11.8, tests: 31, failures: 1, skipped: 0, failed: [{ name: 'dock-operator: manifests apply twice', message: 'timed out after 10 s waiting for the API' }] },
    { job: 'operator-manifests', attempt: 2, blocking: true, state: 'passed', seconds: 9.1, tests: 31, failures: 0, skipped: 2, failed: [] },
    { job: 'upgrade-rehearsal', attempt: 1, blocking: false, state: 'failed', seconds: 31.2, tests: 9, failures: 1, skipped: 0, failed: [{ name: 'node drains within a minute', message: 'expected <60 s> or less, took 74 s\n  at drain.sh:41' }] },
  ],
  changelog: {
    from: names.oldStable,
    added: ['tide-exporter'],
    removed: [],
    changed: [
      { names: ['harbor-operator'], repository: 'https://github.com/okd-project/harbor-operator', fromCommit: hex('a').slice(0, 40), toCommit: hex('b').slice(0, 40), compareUrl: 'https://github.com/okd-project/harbor-operator/compare/a...b' },
      { names: ['dock-agent', 'dock-operator'], repository: null, fromCommit: null, toCommit: hex('c').slice(0, 40), compareUrl: null },
    ],
    rebuilt: ['cli', 'harbor-web'],
    packages: {
      added: ['libtide-0.3-1.x86_64'],
      removed: [],
      changed: [
        { name: 'openssl-libs', from: '1:3.2.2-6.el10', to: '1:3.2.2-8.el10' },
        { name: 'systemd-libs', from: '257-9.el10', to: '257-11.el10' },
      ],
    },
  },
  ledger: [
    { sequence: 51, at: before(107), kind: 'gates.judged', actor: 'slipway', summary: 'Accepted: All 4 blocking gates passed.', digest: digest('l51') },
    { sequence: 52, at: before(106), kind: 'release.promoted', actor: 'slipway', summary: `${names.accepted} was promoted to ${names.stable}.`, digest: digest('l52') },
    { sequence: 53, at: before(106), kind: 'release.signed', actor: 'slipway', summary: 'Signed with key 5D1A0C94E1B7F203.', digest: digest('l53') },
    { sequence: 54, at: before(105), kind: 'release.published', actor: 'slipway', summary: `Published in channel ${CHANNEL}.`, digest: digest('l54') },
  ],
};

const FINGERPRINT = '8C4B2F60A9D35E17B0C6427F5D1A0C94E1B7F203';

function stableParts(name: string): Partial<ReleaseDetail> {
  return {
    ...full,
    steps: steps(STABLE_DONE, 106),
    signatures: [{ keyId: FINGERPRINT.slice(-16), fingerprint: FINGERPRINT, reference: `${REGISTRY}/okd/scos-release:${name}`, url: `/signatures/${digest(name).replace(':', '=')}/signature-1` }],
    downloads: [`openshift-client-linux-${name}.tar.gz`, `openshift-install-linux-${name}.tar.gz`, 'release.txt', 'sha256sum.txt'].map((file, index) => ({
      name: file, sizeBytes: index < 2 ? 41_943_040 + index * 9_999_999 : 4200, sha256: hex(file), url: `/downloads/${name}/${file}`,
    })),
    attestations: [
      { name: 'audit.cdx.json', title: 'CycloneDX 1.6 SBOM with declarations', predicateType: null },
      { name: 'release.vsa.dsse.json', title: 'Verification summary', predicateType: 'https://slsa.dev/verification_summary/v1' },
    ].map((entry) => ({ ...entry, sizeBytes: 4200, sha256: hex(entry.name), url: `/attestations/${name}/${entry.name}` })),
    upgradesFrom: name === names.stable ? [names.oldStable] : [],
    upgradesTo: name === names.oldStable ? [names.stable] : [],
  };
}

const skippedAfterAudit = NIGHTLY_DONE.map(([name, title, , seconds]): StepSpec => {
  if (name === 'import') return [name, title, 'done', seconds, '14 images of set "contaminated", 3.6 MiB'];
  if (name === 'audit') return [name, title, 'bad', 1.6, `4 packages denied in 3 images, brought in by ${BAD_BASE}`];
  if (name === 'judge') return [name, title, 'bad', 0.1, 'Rejected by the gate "audit".'];
  return [name, title, 'skipped', null, 'audit was bad'];
});

const whileVerifying = NIGHTLY_DONE.map(([name, title, , seconds, text]): StepSpec => {
  if (name === 'verify') return [name, title, 'running', null, '2 of 4 jobs are done'];
  return name === 'judge' || name === 'publish' ? [name, title, 'waiting', null, null] : [name, title, 'done', seconds, text];
});

const parts: Readonly<Record<string, Partial<ReleaseDetail>>> = {
  [names.running]: { ...full, steps: steps(whileVerifying, 1), gates: gates.map((gate, index) => (index < 2 ? gate : { ...gate, passed: null, reason: 'Not finished yet.', evidence: [] })), verification: full.verification?.slice(0, 1).map((run) => ({ ...run, state: 'running' as const, seconds: null, tests: 0 })) ?? [], changelog: null, downloads: [] },
  [names.rejected]: { steps: steps(skippedAfterAudit, 34), audit: badAudit, gates: gates.map((gate, index) => (index === 0 ? { ...gate, passed: false, reason: '4 packages are denied in 3 images.', evidence: [0, 1].map(findingId) } : { ...gate, passed: null, reason: 'Not run.', evidence: [] })), components: components() },
  [names.stable]: stableParts(names.stable),
  [names.oldStable]: stableParts(names.oldStable),
  [names.accepted]: { ...full, steps: steps(NIGHTLY_DONE, 109) },
  [names.failed]: { steps: steps([['import', 'Import component images', 'bad', 0.7, 'the registry has no image "dock-agent"'], ...NIGHTLY_DONE.slice(1).map(([name, title]): StepSpec => [name, title, 'waiting', null, null])], 420) },
};

const of = (stream: string) => summaries.filter((release) => release.stream === stream);

const streams: StreamView[] = [
  {
    name: STABLE, title: 'OKD 4 on SCOS, stable', kind: 'stable', message: 'What people run. Each release is an accepted nightly, promoted with its content unchanged.',
    channel: CHANNEL, policy: 'okd-scos', gates: [], latestAccepted: names.stable, releases: of(STABLE),
  },
  {
    name: NIGHTLY, title: 'OKD 4.21 on SCOS, nightly', kind: 'nightly', message: 'Made from the newest component images. For testing.',
    channel: null, policy: 'okd-scos',
    gates: [
      { name: 'audit', blocking: true, description: 'Every RPM in every image must satisfy the policy.' },
      { name: 'lint', blocking: true, description: 'The rules by which a Cluster Version Operator would refuse the payload.' },
      { name: 'payload-smoke', blocking: true, description: 'The payload unpacks, its tools run.' },
      { name: 'operator-manifests', blocking: true, description: 'Manifests of every operator apply.' },
      { name: 'upgrade-rehearsal', blocking: false, description: 'The last stable release moves to this payload.' },
    ],
    latestAccepted: names.accepted, releases: of(NIGHTLY),
  },
];

const channels: ChannelView[] = [
  {
    name: CHANNEL,
    architectures: ['amd64'],
    nodes: VERSIONS.map((version) => ({ version, payload: `${REGISTRY}/okd/scos-release@${digest(version)}`, digest: digest(version), phase: 'Accepted', signed: !version.includes('ec') })),
    edges: ([[0, 1], [1, 2], [0, 2], [2, 4], [3, 4], [4, 5], [2, 5]] as const).map(([from, to]) => ({
      from: VERSIONS[from] ?? '', to: VERSIONS[to] ?? '', conditional: from === 2 && to === 5,
      risks: from === 2 && to === 5 ? [{ name: 'RuncOverrideLeftBehind', message: 'Clusters born before 4.18 may carry a MachineConfig that selects runc, which the nodes of 4.21 no longer have.', url: 'https://github.com/okd-project/okd/issues/2346' }] : [],
    })),
  },
  { name: 'candidate-scos-4.21', architectures: ['amd64'], nodes: [{ version: names.stable, payload: `${REGISTRY}/okd/scos-release@${digest(names.stable)}`, digest: digest(names.stable), phase: 'Accepted', signed: true }], edges: [] },
];

const status: StatusView = { version: '0.1.0', publicUrl: PUBLIC_URL, registry: REGISTRY, running: names.running, keyFingerprint: FINGERPRINT };

const notFound = (path: string) => ({ status: 404, body: { code: 'NOT_FOUND', message: `${path} does not exist.` } });

/** The sample data as an API. `GET` answers from above; `POST /api/demo` pretends that a run has begun. */
/** What the server says of the update graph of the sample channel. */
function graphAnswer(path: string): unknown {
  const query = new URL(path, 'http://x').searchParams;
  const [from, to, channel] = [query.get('from') ?? '', query.get('to') ?? names.stable, query.get('channel') ?? ''];
  if (path.startsWith('/api/graph/matrix')) {
    const versions = (channels.find(({ name }) => name === channel)?.nodes ?? []).map(({ version }) => version);
    const cell = (row: number, column: number) => (column <= row ? null : { to: versions[column] ?? '', code: 'TestFailing', tone: 'warn', sign: '!' });
    return { versions, rows: versions.map((version, row) => ({ from: version, cells: versions.map((_, column) => cell(row, column)) })), more: 2 };
  }
  if (path.startsWith('/api/graph/path')) {
    const hop = { from, to, channel, payload: 'quay.io/okd/scos-release@sha256:00', risks: [], tested: 'tested', acks: ['ack-4.18-kube-1.32-api-removals-in-4.19'] };
    return { from, to, arch: 'amd64', plans: from === to ? [] : [{ hops: [hop], risks: 0, untested: 0, minors: 0 }], reachable: from === to ? null : to };
  }
  const evidence = [{ text: 'fail: upgrade, 2026-08-21T10:00:00Z', url: 'https://prow.example.com/1' }];
  const update = { from, to, code: 'TestFailing', text: 'Tests of this update fail (1 of 1).', risks: [], files: [], evidence, since: '2026-08-21T10:00:00Z', next: `oc adm upgrade --to=${to}` };
  return { from, channel, arch: 'amd64', updates: [update] };
}

export const sampleApi: Api = async (path, init) => {
  const [, noun, name] = /^\/api\/(\w+)(?:\/([^/?]+))?/.exec(path) ?? [];
  const key = name === undefined ? undefined : decodeURIComponent(name);
  if (noun === 'graph') return { status: 200, body: graphAnswer(path) };
  if (noun === 'demo' && init?.method === 'POST') return { status: 202, body: { release: names.running } };
  if (noun === 'status') return { status: 200, body: status };
  if (noun === 'streams' && key === undefined) return { status: 200, body: { streams } };
  if (noun === 'releases' && key === undefined) return { status: 200, body: { releases: summaries } };
  if (noun === 'channels') return { status: 200, body: { channels } };
  if (noun === 'streams') {
    const body = streams.find((stream) => stream.name === key);
    return body ? { status: 200, body } : notFound(path);
  }
  if (noun === 'releases') {
    if (key === 'broken') return { status: 500, body: { code: 'DB_LOST', message: 'the database went away.', hint: 'Start the server again.' } };
    const found = summaries.find((release) => release.name === key);
    const [, part, from] = /^\/api\/releases\/[^/?]+\/(changelog|contents)(?:\?from=(.*))?$/.exec(path) ?? [];
    if (found && part === 'contents') return { status: 200, body: sampleContents(found.name) };
    if (found && part === 'changelog') {
      const all = summaries.filter(({ phase, name: other }) => phase === 'Accepted' && !other.startsWith('4.20.')).map((release) => release.name);
      const earlier = from === undefined ? undefined : decodeURIComponent(from);
      if (earlier !== undefined && !all.includes(earlier)) return notFound(path);
      return { status: 200, body: sampleChangelog(found.name, all, earlier) };
    }
    return found ? { status: 200, body: detail(found, parts[found.name] ?? {}) } : notFound(path);
  }
  return notFound(path);
};

/** An installation on which nothing has been run yet. */
export const emptyApi: Api = async (path) => {
  const idle = streams.map((stream) => ({ ...stream, latestAccepted: null, releases: [] }));
  const bodies: Readonly<Record<string, unknown>> = {
    '/api/status': { ...status, running: null },
    '/api/streams': { streams: idle },
    '/api/releases': { releases: [] },
    '/api/channels': { channels: channels.slice(0, 1).map((channel) => ({ ...channel, nodes: [], edges: [] })) },
    ...Object.fromEntries(idle.map((stream) => [`/api/streams/${stream.name}`, stream])),
  };
  return path in bodies ? { status: 200, body: bodies[path] } : notFound(path);
};
