import { SlipwayError } from '../../util/index.ts';
import { isSemver, parseOkdVersion } from '../../version/index.ts';
import type { TagReference } from '../stream/types.ts';
import { goQuote } from '../text/quote.ts';

/**
 * A release's name must be an OKD version, or with `anyVersion` a semantic version, as oc asks.
 * Throws `PAYLOAD_NAME_INVALID`.
 */
export function checkName(name: string, anyVersion: boolean): void {
  if (anyVersion) {
    if (isSemver(name)) return;
    throw new SlipwayError('PAYLOAD_NAME_INVALID', `--name must be a semantic version: "${name}" is none.`, {
      place: { field: '--name' },
    });
  }
  try {
    parseOkdVersion(name);
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw new SlipwayError('PAYLOAD_NAME_INVALID', `--name must be an OKD version: ${cause.message}`, {
      place: { field: '--name' },
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      cause,
    });
  }
}

/** Throws `PAYLOAD_COMPONENT_DUPLICATE` when two components have one name, which oc takes without a word. */
export function checkUnique(tags: readonly TagReference[]): void {
  const seen = new Set<string>();
  for (const { name } of tags) {
    if (seen.has(name)) {
      throw new SlipwayError('PAYLOAD_COMPONENT_DUPLICATE', `two components have the name ${goQuote(name)}.`, {
        place: { field: `spec.tags[${name}]` },
        hint: 'A payload names each component once; remove one of them or rename it.',
      });
    }
    seen.add(name);
  }
}
