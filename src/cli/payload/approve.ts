import type { PreparedPayload, PrepareOptions } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { readInput } from '../input.ts';

export interface ApprovalFlags {
  readonly auditPolicy?: string;
  readonly auditKeyring?: readonly string[];
  readonly auditCache?: string;
}

/** The base image, where it is no component of the release. */
function baseOf({ basePullSpec, imageReferences }: PreparedPayload): readonly { name: string; spec: string }[] {
  const isComponent = imageReferences.tags.some(({ from }) => from?.name.split('@')[1] === basePullSpec.split('@')[1]);
  return isComponent ? [] : [{ name: 'base image', spec: basePullSpec }];
}

/**
 * Audits every image of a release that is about to be pushed, pruned ones not among them. Prints the report and throws
 * `PAYLOAD_AUDIT_REFUSED` when the policy refuses one (payload format § 8.5: nothing that failed is ever copied).
 */
export async function approve(
  prepared: PreparedPayload,
  resolve: PrepareOptions['resolve'],
  flags: ApprovalFlags,
): Promise<void> {
  if (flags.auditPolicy === undefined) return;
  const { auditImages, directoryCache, formatAuditReport, judge, parsePolicy } = await import('../../audit/index.ts');
  const { parseKeyring } = await import('../../rpm/index.ts');
  const { parsePullSpec } = await import('../../payload/index.ts');
  const policy = parsePolicy((await readInput(flags.auditPolicy)).toString('utf8'), flags.auditPolicy);
  const kept = new Set(prepared.imageReferences.tags.map(({ name }) => name));
  const images = [
    ...prepared.inputs.flatMap(({ name, from }) => (kept.has(name) && from ? [{ name, spec: from.name }] : [])),
    ...baseOf(prepared),
  ];
  const facts = await auditImages(
    images.map(({ name, spec }) => ({ name, source: resolve(spec), reference: parsePullSpec(spec).id })),
    {
      keyring: parseKeyring(await Promise.all((flags.auditKeyring ?? []).map(readInput))),
      ...(flags.auditCache === undefined ? {} : { cache: directoryCache(flags.auditCache) }),
    },
  );
  const report = judge(facts, policy, { at: new Date() });
  process.stderr.write(formatAuditReport(report, 'text'));
  if (report.verdict !== 'fail') return;
  throw new SlipwayError('PAYLOAD_AUDIT_REFUSED', 'the audit refuses an image of the release; nothing was pushed.', {
    place: { file: flags.auditPolicy },
    exitCode: 1,
  });
}
