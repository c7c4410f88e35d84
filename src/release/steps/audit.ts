import {
  type AuditReport,
  auditImages,
  describeInstruction,
  describeLayer,
  directoryCache,
  judge,
  parsePolicy,
} from '../../audit/index.ts';
import { openLayout } from '../../oci/index.ts';
import { parseKeyring } from '../../rpm/index.ts';
import type { Step } from '../context.ts';
import { readPart } from '../definition.ts';

/** One sentence: the counts when nothing is refused, else the worst finding with image, package, layer and base. */
function summarise({ totals, findings }: AuditReport): string {
  const { deny, warn } = totals.findings;
  const refused = findings.filter((finding) => finding.severity === 'deny' && finding.status === 'open');
  // Packages say more than a file beside them.
  const worst = refused.find(({ subjects }) => subjects.some((subject) => subject.package !== null)) ?? refused[0];
  if (worst === undefined) return `${totals.packages} packages in ${totals.images} images, ${warn} warnings.`;
  const { origin } = worst;
  const where =
    origin === null
      ? ''
      : ` It came in with ${[describeLayer(origin), describeInstruction(origin)].filter((part) => part !== null).join(', ')}.`;
  const others = deny > 1 ? ` ${deny - 1} more findings.` : '';
  return `${worst.message} In ${worst.images.map((image) => image.name).join(', ')}.${where}${others}`;
}

/**
 * Audits every image, package by package, in all its layers, and judges the set by the stream's policy. Base images
 * are audited with them, so that a finding can name the base that brought it in. `bad` on a failing verdict.
 */
export const auditStep: Step<'audit'> = {
  name: 'audit',
  async run({ definition, repositories, paths, evidence, release, output, progress }) {
    const { components } = await output('import');
    const policy = parsePolicy((await readPart(definition.audit.policy)).toString('utf8'), definition.audit.policy);
    const keyring = parseKeyring(await Promise.all(definition.audit.keyring.map(readPart)));
    const options = { keyring, cache: directoryCache(paths.cache), architecture: definition.architecture };
    const facts = await auditImages(
      components.map(({ name, digest }) => ({
        source: repositories.stagingContent,
        reference: digest,
        name,
        pullSpec: `${repositories.contentName}@${digest}`,
      })),
      { ...options, onLayer: ({ done, total }) => progress(`${done} of ${total} layers`) },
    );
    const layout = await openLayout(definition.images.layout);
    const bases = await auditImages(
      Object.entries(definition.images.bases).map(([name, reference]) => ({
        source: layout,
        reference,
        name,
        base: true,
      })),
      options,
    );
    const report = judge(facts, policy, {
      // The day of the nightly, not of the run: a continued run judges exceptions as the first one would have.
      at: release.createdAt,
      bases: bases.map(({ name, layers }) => ({ name, diffIds: layers.map((layer) => layer.facts.diffId) })),
    });
    const summary = summarise(report);
    return {
      state: report.verdict === 'pass' ? 'done' : 'bad',
      detail: summary,
      output: {
        verdict: report.verdict,
        report: await evidence.put(report),
        policy: policy.digest,
        images: report.totals.images,
        packages: report.totals.packages,
        findings: report.findings.length,
        summary,
      },
    };
  },
};
