import type { InfoTemplate } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import type { PayloadFlags } from './open.ts';
import type { PackageFlags } from './packages.ts';

export interface InfoFlags extends PayloadFlags, PackageFlags {
  readonly pullspecs?: boolean;
  readonly commits?: boolean;
  readonly commitUrls?: boolean;
  readonly size?: boolean;
  readonly contents?: boolean;
  readonly verify?: boolean;
  readonly includeImages?: boolean;
  readonly imageFor?: string;
  readonly changesFrom?: string;
  readonly changelog?: string;
  readonly bugs?: string;
  readonly skipBugCheck?: boolean;
  readonly rpmdb?: boolean;
  readonly rpmdbDiff?: boolean;
  readonly output?: string;
  readonly template?: string;
  readonly format?: string;
  readonly compat?: 'oc';
}

export interface InfoRequest {
  /** With `--format json` as `-o json`. */
  readonly flags: InfoFlags;
  /** Release to compare with. */
  readonly from: string | undefined;
  readonly images: readonly string[];
  readonly template: InfoTemplate | undefined;
}

const PLAIN = ['json', 'name', 'digest', 'pullspec'];

/** What contradicts what, in oc's words (payload format § 2.1). */
function contradiction(flags: InfoFlags, from: string | undefined, images: number): string | undefined {
  const { output, imageFor, skipBugCheck, bugs, changelog, rpmdb, rpmdbDiff } = flags;
  const shown = [
    imageFor,
    flags.commits,
    flags.commitUrls,
    flags.pullspecs,
    flags.contents,
    flags.size,
    flags.verify,
  ].filter((flag) => flag !== undefined);
  if (shown.length > 1)
    return 'only one of --commits, --commit-urls, --pullspecs, --contents, --size, --verify may be specified';
  if (imageFor !== undefined && output !== undefined) return '--output and --image-for may not both be specified';
  if (skipBugCheck && bugs === undefined) return '--skip-bug-check requires --bugs';
  if (skipBugCheck && output !== 'name' && output !== 'json')
    return "--skip-bug-check requires --output to be set to 'name' or 'json'";
  const compared = [bugs, changelog, rpmdbDiff].filter((flag) => flag !== undefined);
  if (compared.length > 0 && from === undefined) return '--changelog/--bugs/--rpmdb-diff require --changes-from';
  if (compared.length > 1) return '--changelog/--bugs/--rpmdb-diff are mutually exclusive';
  if (rpmdb && rpmdbDiff) return '--rpmdb and --rpmdb-diff may not both be specified';
  if (bugs !== undefined && output !== undefined && output !== 'name' && output !== 'json')
    return "--output only supports 'name' or 'json' for --bugs";
  if ((changelog !== undefined || rpmdb || rpmdbDiff) && output !== undefined && output !== 'json')
    return "--output only supports 'json' for --changelog, --rpmdb and --rpmdb-diff";
  if (from !== undefined && images !== 1)
    return 'must specify a single release image as argument when comparing to another release image';
  const forms = bugs === undefined ? ['json'] : ['json', 'name'];
  if (from !== undefined && output !== undefined && !forms.includes(output))
    return `unrecognized output mode: ${output}`;
  return undefined;
}

/** Reads the flags of `payload info` and refuses what makes no sense together. Throws `CLI_USAGE`. */
export async function checkInfoFlags(references: readonly string[], given: InfoFlags): Promise<InfoRequest> {
  if (given.format !== undefined && !['text', 'json'].includes(given.format))
    throw new SlipwayError('CLI_USAGE', `--format is text or json, not "${given.format}".`);
  const { imageFor, ...others } = given;
  // As in oc, whose scripts leave the name empty when they want none.
  const asked = imageFor === '' ? others : given;
  const flags = asked.format === 'json' && asked.output === undefined ? { ...asked, output: 'json' } : asked;
  const twoCompared = flags.changesFrom === undefined && references.length === 2 && flags.verify !== true;
  const from = twoCompared ? references[0] : flags.changesFrom;
  const images = twoCompared ? references.slice(1) : references;
  const reason = contradiction(flags, from, images.length);
  if (reason !== undefined) throw new SlipwayError('CLI_USAGE', `${reason}.`);
  const { output } = flags;
  if (output === undefined || PLAIN.includes(output)) return { flags, from, images, template: undefined };
  const { infoTemplate, TEMPLATE_FORMS } = await import('../../../payload/index.ts');
  const [form = '', ...text] = output.split('=');
  if (!TEMPLATE_FORMS.includes(form))
    throw new SlipwayError('CLI_USAGE', `--output only supports ${[...PLAIN, ...TEMPLATE_FORMS].join(', ')}.`);
  return { flags, from, images, template: await infoTemplate(form, text.join('=') || (flags.template ?? '')) };
}
