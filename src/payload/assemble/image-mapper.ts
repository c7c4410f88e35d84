import { SlipwayError } from '../../util/index.ts';
import { compareBytes, goQuote } from '../text/index.ts';

/** One name in an operator's `image-references`: the text to look for and the pull spec that takes its place. */
export interface ImageMapping {
  readonly sourceRepository: string;
  readonly targetPullSpec: string;
}

/** Replaces references in the bytes of a file. */
export type Substitution = (bytes: Uint8Array) => Uint8Array;

/** RE2's `\W`, `\w` and `\s` are ASCII only; JavaScript's `\s` is wider, so it is spelt out. */
const BEFORE = '([^0-9A-Za-z_]|^)';
const SUFFIX =
  '(?::[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}|@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{2,})?';
const AFTER = '([\\t\\n\\f\\r "\']|$)';

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function quoteMeta(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * The substitution that `oc adm release new` applies to every file of an operator (payload format § 1.9): a repository
 * of `image-references`, with any tag or digest, becomes the pull spec of the release. `mappings` is keyed by tag name.
 *
 * Its known gaps are kept, because manifests in use depend on them: the character after a match is consumed (of two
 * references with one blank between them, the second stays), and an item of a comma list is found only before a blank,
 * a quote or the end of the file. The linter (M211, M212) reports what stays.
 *
 * Throws `PAYLOAD_IMAGE_REFERENCES_INVALID`.
 */
export function imageMapper(mappings: ReadonlyMap<string, ImageMapping>): Substitution {
  const bySource = new Map<string, { tag: string; target: string }>();
  for (const [tag, { sourceRepository, targetPullSpec }] of [...mappings].sort(([a], [b]) => compareBytes(a, b))) {
    if (sourceRepository === '') throw refuse(`an empty source repository is not allowed for name ${goQuote(tag)}`);
    const key = latin1(sourceRepository);
    const other = bySource.get(key);
    if (other !== undefined) {
      throw refuse(
        `the source repository ${goQuote(sourceRepository)} was defined more than once (for ${goQuote(other.tag)} and ${goQuote(tag)})`,
      );
    }
    bySource.set(key, { tag, target: latin1(targetPullSpec) });
  }
  if (bySource.size === 0) return (bytes) => bytes;
  const pattern = new RegExp(`${BEFORE}(${[...bySource.keys()].map(quoteMeta).join('|')})${SUFFIX}${AFTER}`, 'g');
  return (bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    const replaced = text.replace(
      pattern,
      (whole, before: string, repository: string, after: string) =>
        `${before}${bySource.get(repository)?.target ?? whole}${after}`,
    );
    return replaced === text ? bytes : Buffer.from(replaced, 'latin1');
  };
}

function refuse(message: string): SlipwayError {
  return new SlipwayError('PAYLOAD_IMAGE_REFERENCES_INVALID', message, { place: { file: 'image-references' } });
}
