import { messageOf } from '../../../../util/index.ts';
import { compareSemver, isSemver, type OkdVersion, parseOkdVersion, parseSemver } from '../../../../version/index.ts';
import type { LintRule, Problem } from '../../types.ts';
import { warning } from '../problem.ts';

const METADATA = { file: 'release-metadata' };
const DAY = 86_400_000;
/** A nightly is assembled within this time of the day it is called by. */
const NIGHTLY_DAYS = 2;
/** What a mirror puts behind the version (payload format § 2.6). */
const MIRRORED = /^(?:-(?:x86_64|aarch64|ppc64le|s390x|multi))?$/;

/**
 * The trap of OKD's names: as semantic versions, which clients go by, `okd-scos.ec.N` comes after `okd-scos.N`, the
 * release that it is a candidate of (okd#2082, okd#2315).
 */
function* outOfOrder(
  { text, kind, semver }: OkdVersion,
  previous: readonly string[],
  place: NonNullable<Problem['place']>,
) {
  if (kind === 'candidate') {
    const { major, minor, patch } = semver;
    yield warning(
      `Clients take "${text}" for newer than ${major}.${minor}.${patch}-okd-scos.0, which is released after it.`,
      place,
    );
  }
  for (const before of previous) {
    if (isSemver(before) && compareSemver(parseSemver(before), semver) >= 0)
      yield warning(`Clients take "${before}" in previous for newer than "${text}": they see no update.`, {
        ...METADATA,
        field: 'previous',
      });
  }
}

/** What the release is called. */
export const NAMING: readonly LintRule[] = [
  {
    id: 'P011',
    title: "the version is of OKD's scheme, in order, of its day, and that of the tag",
    *check({ payload: { metadata, reference, imageReferences }, at }) {
      const { version, previous } = metadata;
      const place = { ...METADATA, field: 'version' };
      const tag = /\/[^/@]*:([\w][\w.-]*)$/.exec(reference)?.[1] ?? '';
      // Floating tags (latest, 4-scos-next) claim no version; mirrors put the architecture behind it.
      const named = version.replace('+', '_');
      if (isSemver(tag) && !(tag.startsWith(named) && MIRRORED.test(tag.slice(named.length))))
        yield warning(`The tag "${tag}" holds the version "${version}".`, { image: reference });
      let okd: OkdVersion;
      try {
        okd = parseOkdVersion(version);
      } catch (cause) {
        yield warning(messageOf(cause), place);
        return;
      }
      yield* outOfOrder(okd, previous, place);
      const dated = okd.kind === 'nightly' ? okd.ordinal : undefined;
      const created = Date.parse(imageReferences.creationTimestamp ?? '');
      if (dated !== undefined && dated > at.getTime())
        yield warning(`The nightly "${version}" is of the future.`, place);
      else if (dated !== undefined && Math.abs(dated - created) > NIGHTLY_DAYS * DAY)
        yield warning(
          `The nightly "${version}" was created on another day, ${imageReferences.creationTimestamp}.`,
          place,
        );
    },
  },
];
