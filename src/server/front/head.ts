/** The head of a GET without a body, as the front understands it. */
export interface Head {
  /** Path and query as they were sent. */
  readonly target: string;
  /** Fields by lower-case name, values trimmed. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Longer heads are the parser's. */
const LONGEST = 4096;

/** RFC 9112 § 3 and 5, without what it tolerates: field names are tokens, values printable ASCII, lines end in CRLF. */
const SIMPLE = /^GET \/[!-~]* HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+\r\n$/;

/** Fields that ask for more than an answer on this connection, or announce a body. */
const NOT_SIMPLE = ['content-length', 'transfer-encoding', 'expect', 'upgrade', 'trailer'] as const;

/**
 * Reads what came from a connection, if it is one whole simple request and nothing else: a GET over HTTP/1.1 with a
 * Host, each field once, no body. `undefined` says that a complete parser has to see it, and never that it is wrong:
 * whatever is unusual, cut off, pipelined or malformed is for node:http to answer.
 */
export function readHead(bytes: Buffer): Head | undefined {
  if (bytes.length > LONGEST) return undefined;
  const text = bytes.toString('latin1');
  if (!SIMPLE.test(text)) return undefined;
  const fields = new Map<string, string>();
  const first = text.indexOf('\r\n');
  for (let at = first + 2; at < text.length - 2; ) {
    const end = text.indexOf('\r\n', at);
    const colon = text.indexOf(':', at);
    const name = text.slice(at, colon).toLowerCase();
    if (fields.has(name)) return undefined;
    fields.set(name, text.slice(colon + 1, end).trim());
    at = end + 2;
  }
  if (!fields.has('host') || NOT_SIMPLE.some((name) => fields.has(name))) return undefined;
  if ((fields.get('connection') ?? 'keep-alive').toLowerCase() !== 'keep-alive') return undefined;
  return { target: text.slice('GET '.length, first - ' HTTP/1.1'.length), fields };
}
