import { basename } from 'node:path';
import {
  type AuditReport,
  auditImages,
  describeChoice,
  describeInstruction,
  describeLayer,
  directoryCache,
  type FindingOrigin,
  type JudgedBase,
  judge,
  parsePolicy,
  previousRelease,
} from '../../audit/index.ts';
import { openLayout } from '../../oci/index.ts';
import { parseKeyring } from '../../rpm/index.ts';
import { plural } from '../../util/index.ts';
import type { Step } from '../context.ts';
import { readPart } from '../definition.ts';

/** A digest in full stands in the finding; sentences are for reading. */
const short = (origin: FindingOrigin): FindingOrigin => ({ ...origin, digest: origin.digest.slice(0, 19) });

/** Images that a sentence names before it says how many more there are; the report lists all. */
const NAMED = 5;

function named(images: readonly string[]): string {
  const more = images.length - NAMED;
  return more > 1 ? `${images.slice(0, NAMED).join(', ')} and ${more} more images` : images.join(', ');
}

/** A few sentences: the counts when nothing is refused, else the worst finding with image, package, layer and base. */
function summarise({ totals, findings }: AuditReport): string {
  const { deny, warn } = totals.findings;
  const refused = findings.filter((finding) => finding.severity === 'deny' && finding.status === 'open');
  // Packages say more than a file beside them.
  const worst = refused.find(({ subjects }) => subjects.some((subject) => subject.package !== null)) ?? refused[0];
  if (worst === undefined)
    return `${plural(totals.packages, 'package')} in ${plural(totals.images, 'image')}, ${plural(warn, 'warning')}.`;
  const { origin } = worst;
  const where =
    origin === null
      ? ''
      : ` It came in with ${[describeLayer(short(origin)), describeInstruction(origin)].filter((part) => part !== null).join(', ')}.`;
  const revert = origin?.chosenAt ? ` Line to revert: ${describeChoice(origin.chosenAt)}.` : '';
  const others = deny > 1 ? ` ${plural(deny - 1, 'more finding')}.` : '';
  return `${worst.message} In ${named(worst.images.map((image) => image.name))}.${where}${revert}${others}`;
}

/**
 * Audits every image, package by package, in all its layers, and judges the set by the stream's policy. Base images
 * are audited with them, so that a finding can name the base that brought it in. `bad` on a failing verdict.
 */
export const auditStep: Step<'audit'> = {
  name: 'audit',
  async run({ definition, repositories, paths, evidence, release, output, lastAccepted, progress }) {
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
    const choice = definition.choices[release.set];
    const known = bases.map((base): JudgedBase => {
      if (choice?.base !== base.name) return base;
      const { line, text, instead: before } = choice;
      return { ...base, chosenAt: { file: basename(definition.file), line, text, before } };
    });
    const accepted = await lastAccepted();
    const previous =
      accepted === undefined
        ? undefined
        : previousRelease(accepted, await evidence.get((await output('audit', accepted)).report));
    const report = judge(facts, policy, {
      // The day of the nightly, not of the run: a continued run judges exceptions as the first one would have.
      at: release.createdAt,
      bases: known,
      ...(previous === undefined ? {} : { previous }),
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
