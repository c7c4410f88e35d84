const NAMED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** `%q` of Go's fmt: oc's and the CVO's messages quote with it. */
export function goQuote(text: string): string {
  const body = text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const named = NAMED[character];
    if (named !== undefined) return named;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${body}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

const ESCAPE = /\\(?:x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.)|$)/gsu;

/** The bytes of one escape, `undefined` of one that Go does not know. */
function escaped(match: RegExpMatchArray, quote: string): Uint8Array | undefined {
  const [, hex, octal, short, long, single] = match;
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  if (octal !== undefined) return Number.parseInt(octal, 8) > 0xff ? undefined : Buffer.of(Number.parseInt(octal, 8));
  const code = short ?? long;
  if (code !== undefined) {
    const point = Number.parseInt(code, 16);
    const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return isCharacter ? Buffer.from(String.fromCodePoint(point)) : undefined;
  }
  const text = single === quote ? quote : ESCAPES[single ?? ''];
  return text === undefined ? undefined : Buffer.from(text);
}

/**
 * Text of what stands in quotes, `"`, `'` or backquotes, as Go's strconv reads it; `undefined` where it has an escape
 * that Go does not know, or bytes that are no UTF-8.
 */
export function goUnquote(quoted: string): string | undefined {
  const quote = quoted[0] ?? '';
  const inner = quoted.slice(1, -1);
  if (quote === '`') return inner.replaceAll('\r', '');
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const match of inner.matchAll(ESCAPE)) {
    const bytes = escaped(match, quote);
    if (bytes === undefined) return undefined;
    parts.push(Buffer.from(inner.slice(end, match.index)), bytes);
    end = match.index + match[0].length;
  }
  const whole = Buffer.concat([...parts, Buffer.from(inner.slice(end))]);
  const text = whole.toString('utf8');
  return Buffer.from(text).equals(whole) ? text : undefined;
}
