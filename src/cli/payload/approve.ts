import type { AuditOptions, Policy } from '../../audit/index.ts';
import type { PreparedPayload, PrepareOptions } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { readInput } from '../input.ts';

export interface ApprovalFlags {
  readonly auditPolicy?: string;
  readonly auditKeyring?: readonly string[];
  readonly auditCache?: string;
}

interface Audited {
  readonly name: string;
  readonly spec: string;
  /** Only the image of one platform is used of a list, and nothing of the others copied. */
  readonly one?: boolean;
}

/** What an audit goes by; read before the release is, so that a file that can not be read costs nothing. */
export interface Approval {
  readonly policy: Policy;
  readonly file: string;
  readonly keyring: AuditOptions['keyring'];
  readonly cache: string | undefined;
}

/** Reads the files of the flags; `undefined` where no audit is asked for. */
export async function approvalOf(flags: ApprovalFlags): Promise<Approval | undefined> {
  if (flags.auditPolicy === undefined) return undefined;
  const { parsePolicy } = await import('../../audit/index.ts');
  const { parseKeyring } = await import('../../rpm/index.ts');
  return {
    policy: parsePolicy((await readInput(flags.auditPolicy)).toString('utf8'), flags.auditPolicy),
    file: flags.auditPolicy,
    keyring: parseKeyring(await Promise.all((flags.auditKeyring ?? []).map((file) => readInput(file)))),
    cache: flags.auditCache,
  };
}

/** The base image, where it is no component of the release. */
function baseOf({ basePullSpec, imageReferences, platforms }: PreparedPayload): readonly Audited[] {
  const isComponent = imageReferences.tags.some(({ from }) => from?.name.split('@')[1] === basePullSpec.split('@')[1]);
  return isComponent ? [] : [{ name: 'base image', spec: basePullSpec, one: platforms === undefined }];
}

/**
 * Audits every image of a release that is about to be pushed, for every platform; pruned ones not among them. Prints
 * the report and throws `PAYLOAD_AUDIT_REFUSED` when the policy refuses one (payload format § 8.5: nothing that failed
 * is ever copied), `PAYLOAD_AUDIT_INCOMPLETE` when it refuses none and one could not be read.
 */
export async function approve(
  prepared: PreparedPayload,
  options: Pick<PrepareOptions, 'resolve'>,
  { policy, file, keyring, cache }: Approval,
): Promise<void> {
  const { directoryCache, formatAuditReport, judge, surveyImages, withUnread } = await import('../../audit/index.ts');
  const { parsePullSpec } = await import('../../payload/index.ts');
  const kept = new Set(prepared.imageReferences.tags.map(({ name }) => name));
  const images: readonly Audited[] = [
    ...prepared.inputs.flatMap(({ name, from }) => (kept.has(name) && from ? [{ name, spec: from.name }] : [])),
    ...baseOf(prepared),
  ];
  // A list is copied, and published, whole: all of its images are looked at.
  const asked = images.map(({ name, spec, one }) => ({
    name,
    source: options.resolve(spec),
    reference: parsePullSpec(spec).id,
    ...(one === true ? {} : { platforms: 'every' as const }),
  }));
  const { images: facts, unread } = await surveyImages(asked, {
    keyring,
    ...(cache === undefined ? {} : { cache: directoryCache(cache) }),
  });
  const report = withUnread(judge(facts, policy, { at: new Date() }), unread);
  process.stderr.write(formatAuditReport(report, 'text'));
  if (report.verdict === 'pass') return;
  if (report.verdict === 'incomplete')
    throw new SlipwayError(
      'PAYLOAD_AUDIT_INCOMPLETE',
      `${unread.map(({ name }) => name).join(', ')} could not be read and judged; nothing was pushed.`,
    );
  throw new SlipwayError('PAYLOAD_AUDIT_REFUSED', 'the audit refuses an image of the release; nothing was pushed.', {
    place: { file },
    exitCode: 1,
  });
}
