import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { messageOf, type Place, SlipwayError } from '../util/index.ts';

/** An element of an XML document, with what JUnit needs of it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

const DEEPEST = 40;
const TEXT = '#text';
const CDATA = '#cdata';
const ATTRIBUTES = ':@';

/**
 * Entities are never declared and never expanded by the parser: references are resolved below, each to one character,
 * so a document cannot grow. Numbers stay text.
 */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  cdataPropName: CDATA,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: DEEPEST,
});

/**
 * Parses an XML document from outside. Throws `VERIFY_XML_INVALID` with the line for one that is cut off, not
 * well-formed, nested too deeply, brings a DOCTYPE (no report needs one; entity bombs do), or is in an encoding that
 * it does not state.
 */
export function parseXml(bytes: Uint8Array, place: Place = {}): XmlElement {
  const xml = decode(bytes, place);
  const [prolog = ''] = /^(?:\s|<\?[^>]*>|<!--[\s\S]*?-->)*/.exec(xml) ?? [];
  if (xml.startsWith('<!DOCTYPE', prolog.length))
    throw invalid('it has a document type declaration, which is refused', place);
  const validity = XMLValidator.validate(xml);
  if (validity !== true) throw invalid(validity.err.msg, { ...place, line: validity.err.line });
  let nodes: unknown;
  try {
    nodes = parser.parse(xml);
  } catch (error) {
    throw invalid(messageOf(error), place, error);
  }
  const roots = elementsOf(nodes, place);
  const [root] = roots;
  if (root === undefined || roots.length > 1) throw invalid(`it has ${roots.length} root elements`, place);
  return root;
}

function invalid(reason: string, place: Place, cause?: unknown): SlipwayError {
  return new SlipwayError('VERIFY_XML_INVALID', `the XML does not parse: ${reason.replace(/\.$/, '')}.`, {
    place,
    cause,
  });
}

/** XML 1.0, appendix F: a byte order mark, else what the declaration says, else UTF-8. */
function decode(bytes: Uint8Array, place: Place): string {
  const [first, second] = bytes;
  const marked =
    first === 0xfe && second === 0xff ? 'utf-16be' : first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
  const declaration = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const stated = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']/.exec(declaration)?.[1];
  const encoding = marked ?? stated ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(`it is not ${encoding}`, place, error);
  }
}

/** The parser's nodes: objects with one member, named like the element, beside its attributes. */
function elementsOf(nodes: unknown, place: Place): XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: Record<string, unknown>) => {
    const name = Object.keys(node).find((key) => key !== ATTRIBUTES);
    if (name === undefined || name === TEXT || name === CDATA) return [];
    const attributes = Object.entries((node[ATTRIBUTES] ?? {}) as Record<string, string>);
    return [
      {
        name,
        attributes: new Map(attributes.map(([key, value]) => [key, resolve(String(value), place)])),
        children: elementsOf(node[name], place),
        text: textOf(node[name], place),
      },
    ];
  });
}

function textOf(nodes: unknown, place: Place): string {
  if (!Array.isArray(nodes)) return '';
  return nodes
    .map((node: Record<string, unknown>) => {
      if (TEXT in node) return resolve(String(node[TEXT]), place);
      const [raw] = Array.isArray(node[CDATA]) ? node[CDATA] : [];
      return raw === undefined ? '' : String((raw as Record<string, unknown>)[TEXT]);
    })
    .join('');
}

/** XML 1.0, § 4.6. */
const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Resolves character references and the five predefined entities; any other entity is an error (XML 1.0, § 4.1). */
function resolve(text: string, place: Place): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[0-9a-f]+|#[0-9]+|[^;\s&]*)(;?)/gi, (reference, name: string, end: string) => {
    const predefined = Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined;
    const code = /^#x/i.test(name)
      ? Number.parseInt(name.slice(2), 16)
      : name.startsWith('#')
        ? Number.parseInt(name.slice(1), 10)
        : Number.NaN;
    if (end === ';' && predefined !== undefined) return predefined;
    if (end === ';' && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    throw invalid(`"${reference.slice(0, 40)}" is not a reference that XML knows`, place);
  });
}
