/** For tests: a report with everything in it that the forms of reports have to tell. */
import { judge } from '../judge/judge.ts';
import type { ReportContext } from '../model/document.ts';
import type { AuditReport } from '../model/report.ts';
import { factsOf, rpmdbFiles, rpmdbLayer, testKeys } from './audit.ts';
import { MemorySource, makeLayer } from './image.ts';
import { makePolicy } from './policy.ts';
import type { TestPackage } from './rpm.ts';

export const AT = new Date('2026-06-01T12:00:00Z');

export const PAYLOAD = {
  name: '4.21.0-okd-scos.0',
  digest: `sha256:${'ab'.repeat(32)}`,
  pullSpec: `registry.test:5000/okd/scos-release@sha256:${'ab'.repeat(32)}`,
} as const;

export const CONTEXT: ReportContext = { payload: PAYLOAD, created: new Date('2026-06-02T08:30:00.123Z') };

const EXCEPTION = `
exceptions:
  - id: known-driver
    rule: [RPM-001, RPM-002]
    scope: { components: [driver] }
    match: { names: [kmod-driver] }
    reason: The driver's own build is not there yet.
    owner: '@okd/node'
    issue: https://example.test/issues/1
    created: 2026-05-20
    expires: 2026-11-15
`;

/**
 * Three images: `web` on the base `base-stream`, with a package of a denied signer that a later layer removes;
 * `driver` with one that an exception covers; `branding`, which has nothing but a file. Licences of both systems, an
 * unsigned package with marks in its words that XML, CSV and JSON have to guard.
 */
export async function sampleReport(): Promise<AuditReport> {
  const { open, denied } = await testKeys();
  const ours = { vendor: 'Open Test Project', buildHost: 'b1.open.test', signer: open } as const;
  const theirs = { vendor: 'Licensed Test Vendor, Inc.', signer: denied } as const;
  const base: TestPackage[] = [
    { name: 'bash', ...ours, license: 'GPLv3+' },
    { name: 'glibc', ...ours, license: 'LGPLv2+ and LGPLv2+ with exceptions and GPLv2+' },
    { name: 'zlib', ...ours, license: 'zlib and Boost', release: '2.el10' },
  ];
  const os = { 'usr/lib/os-release': 'ID=testos\nNAME="Test OS"\nVERSION_ID=9\n' };
  const lowest = makeLayer({ ...(await rpmdbFiles(base)), ...os }, 'ADD rootfs.tar /');
  const odd: TestPackage = { name: 'odd', vendor: 'A <"quoted"> & odd, vendor', license: 'Commercial (see file)' };
  const installs = await rpmdbLayer(
    [...base, { name: 'openssl', ...theirs, license: 'ASL 2.0' }, odd],
    'RUN dnf install -y openssl odd',
  );
  const removes = await rpmdbLayer([...base, odd], 'RUN dnf remove -y openssl');
  const driver = await rpmdbLayer([...base, { name: 'kmod-driver', ...theirs }], 'RUN dnf install -y kmod-driver');
  const facts = await factsOf(
    new MemorySource(),
    {
      'base-stream': [lowest],
      web: [lowest, installs, removes],
      driver: [lowest, driver],
      branding: [makeLayer({ 'usr/share/logo.svg': '<svg/>' }, 'COPY logo.svg /')],
    },
    ['base-stream'],
  );
  const named = facts.map((image) => ({ ...image, pullSpec: `registry.test:5000/okd/scos-content@${image.digest}` }));
  return judge(named, makePolicy(open, denied, EXCEPTION), { at: AT });
}
