import { SlipwayError } from '../../util/index.ts';
import { goQuote } from '../text/index.ts';

/** `SRC=DST`: the image of tag `source` is taken from `destination` (payload format § 1.3). */
export interface Mapping {
  readonly source: string;
  readonly destination: string;
}

function refuse(message: string, place: { file?: string; line?: number; field?: string } = {}): SlipwayError {
  return new SlipwayError('PAYLOAD_MAPPING_INVALID', message, { place });
}

/**
 * Parses `SRC=DST` arguments. oc's test for a tag given twice looks at the wrong side: `a=b a=c` passes (the last one
 * wins) and `a=b b=c` is refused. That is kept under `compat: 'oc'`; by default the intended rule holds.
 */
export function parseMappings(args: readonly string[], options: { readonly compat?: 'oc' } = {}): readonly Mapping[] {
  const seen = new Map<string, string>();
  return args.map((arg) => {
    const equals = arg.indexOf('=');
    const source = arg.slice(0, Math.max(equals, 0));
    const destination = arg.slice(equals + 1);
    if (source === '' || destination === '')
      throw refuse('all arguments must be valid SRC=DST mappings', { field: goQuote(arg) });
    if (seen.has(source)) {
      throw refuse(`each source tag may only be specified once: ${options.compat === 'oc' ? destination : source}`);
    }
    seen.set(options.compat === 'oc' ? destination : source, source);
    return { source, destination };
  });
}

/** The `SRC=DST` words of a mapping file: several on a line, one blank between them, `#` starts a comment. */
export function readMappingFile(text: string, file: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const content = (line.split('#', 1)[0] ?? '').trim();
    if (content === '') return [];
    const words = content.split(' ');
    for (const word of words) {
      if (/^[^=]+=.+$/.test(word)) continue;
      throw refuse(`file ${file}, line ${index + 1}: all arguments must be valid SRC=DST mappings`, {
        file,
        line: index + 1,
      });
    }
    return words;
  });
}
