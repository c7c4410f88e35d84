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

/** The base image, where it is no component of the release. */
function baseOf({ basePullSpec, imageReferences, platforms }: PreparedPayload): readonly Audited[] {
  const isComponent = imageReferences.tags.some(({ from }) => from?.name.split('@')[1] === basePullSpec.split('@')[1]);
  return isComponent ? [] : [{ name: 'base image', spec: basePullSpec, one: platforms === undefined }];
}

/**
 * What is audited of a pull spec: every image of a manifest list, because a list is copied, and published, whole. Each
 * is named `component (os/architecture)`.
 */
async function expand({ name, spec, one }: Audited, resolve: PrepareOptions['resolve']) {
  const { copiedImages } = await import('../../oci/index.ts');
  const { parsePullSpec } = await import('../../payload/index.ts');
  const source = resolve(spec);
  const reference = parsePullSpec(spec).id;
  if (one === true) return [{ name, source, reference }];
  const used = new Set<string>();
  return (await copiedImages(source, reference)).map(({ digest, platform, listed }) => {
    const label = `${name} (${platform ?? 'no platform'})`;
    const unique = used.has(label) ? `${name} (${platform ?? 'no platform'}, ${digest})` : label;
    used.add(label);
    return { name: listed ? unique : name, source, reference: digest };
  });
}

/**
 * Audits every image of a release that is about to be pushed, for every platform; pruned ones not among them. Prints
 * the report and throws `PAYLOAD_AUDIT_REFUSED` when the policy refuses one (payload format § 8.5: nothing that failed
 * is ever copied).
 */
export async function approve(
  prepared: PreparedPayload,
  options: Pick<PrepareOptions, 'resolve' | 'concurrency'>,
  flags: ApprovalFlags,
): Promise<void> {
  if (flags.auditPolicy === undefined) return;
  const { resolve } = options;
  const { auditImages, directoryCache, formatAuditReport, judge, parsePolicy } = await import('../../audit/index.ts');
  const { parseKeyring } = await import('../../rpm/index.ts');
  const { mapLimit } = await import('../../util/index.ts');
  const policy = parsePolicy((await readInput(flags.auditPolicy)).toString('utf8'), flags.auditPolicy);
  const kept = new Set(prepared.imageReferences.tags.map(({ name }) => name));
  const images: readonly Audited[] = [
    ...prepared.inputs.flatMap(({ name, from }) => (kept.has(name) && from ? [{ name, spec: from.name }] : [])),
    ...baseOf(prepared),
  ];
  const expanded = await mapLimit(images, options.concurrency ?? 8, async (image) => await expand(image, resolve));
  const facts = await auditImages(expanded.flat(), {
    keyring: parseKeyring(await Promise.all((flags.auditKeyring ?? []).map(readInput))),
    ...(flags.auditCache === undefined ? {} : { cache: directoryCache(flags.auditCache) }),
  });
  const report = judge(facts, policy, { at: new Date() });
  process.stderr.write(formatAuditReport(report, 'text'));
  if (report.verdict !== 'fail') return;
  throw new SlipwayError('PAYLOAD_AUDIT_REFUSED', 'the audit refuses an image of the release; nothing was pushed.', {
    place: { file: flags.auditPolicy },
    exitCode: 1,
  });
}
