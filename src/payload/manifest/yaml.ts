import { LineCounter, type ScalarTag, type Tags } from 'yaml';
import { DEEPEST_JSON, messageOf, SlipwayError } from '../../util/index.ts';
import { parseYamlDocument, YAML_LIMITS, type YamlDocument, yamlValue } from '../../util/yaml/index.ts';
import { goNumberOf, type JsonValue } from '../text/index.ts';
import { readQuick } from './quick/read.ts';

/**
 * Kubernetes reads YAML 1.1 through go-yaml v2: `y`, `no` and `on` are booleans and `0777` is octal, but timestamps
 * stay text and there are no base-60 numbers. A duplicate key is no error; the last one wins.
 */
const OTHER_THAN_GO = /:(timestamp|binary|set|omap|pairs)$/;
const NUMBER = /:(int|float)$/;

const NO_JSON = /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/;

/** Plain texts that may be numbers, read as go-yaml reads them; the library takes `.` and `e3` for numbers. */
const goNumber: ScalarTag = {
  identify: () => false,
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^[-+.0-9]/,
  resolve(text, onError) {
    if (NO_JSON.test(text)) onError(`the number ${text} has no JSON form`);
    return goNumberOf(text) ?? text;
  },
};

function goTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === 'string' || !OTHER_THAN_GO.test(tag.tag));
  // Numbers of the library only where a tag asks for them.
  return [
    goNumber,
    ...kept.map((tag) => (typeof tag !== 'string' && NUMBER.test(tag.tag) ? { ...tag, default: false } : tag)),
  ];
}

/** Characters of an object with everything that aliases repeat: no more than a document has without. */
const LARGEST = YAML_LIMITS.bytes;

export { splitDocuments, type YamlDocument } from '../../util/yaml/index.ts';

const TOO_DEEP = `it is nested deeper than ${DEEPEST_JSON} levels`;

/**
 * Parses one document. Throws `PAYLOAD_YAML_INVALID` with the file and the line of the file.
 */
export function parseYaml(document: YamlDocument, file: string): JsonValue {
  const value = readQuick(document.text);
  return value === undefined ? parseFully(document, file) : value;
}

/** As `parseYaml`, by the library alone: what the quick reader must agree with. */
export function parseFully(document: YamlDocument, file: string): JsonValue {
  const counter = new LineCounter();
  const refuse = (line: number, where: string, cause: unknown): SlipwayError => {
    // The library calls itself for each level too, and has no bound of its own.
    const reason = /call stack/.test(messageOf(cause)) ? TOO_DEEP : messageOf(cause);
    return new SlipwayError('PAYLOAD_YAML_INVALID', `${file}: invalid YAML/JSON: ${where}${reason}`, {
      place: { file, line },
      cause,
    });
  };
  try {
    const parsed = parseYamlDocument(document.text, {
      version: '1.1',
      customTags: goTags,
      lineCounter: counter,
      uniqueKeys: false,
      prettyErrors: false,
    });
    const [error] = parsed.errors;
    if (error !== undefined) {
      const line = document.line - 1 + counter.linePos(error.pos[0]).line;
      throw refuse(line, `line ${line}: `, error);
    }
    return jsonOf(yamlValue(parsed, { mapAsMap: true }), { left: LARGEST }, DEEPEST_JSON);
  } catch (cause) {
    throw cause instanceof SlipwayError ? cause : refuse(document.line, '', cause);
  }
}

/**
 * YAML maps may have keys that are no strings; as JSON they get the key's text, as in sigs.k8s.io/yaml. What aliases
 * repeat counts each time: `room` is what is left of `LARGEST`, `levels` what is left of `DEEPEST_JSON`.
 */
function jsonOf(value: unknown, room: { left: number }, levels: number): JsonValue {
  room.left -= typeof value === 'string' ? value.length : 1;
  if (room.left < 0) throw new RangeError(`with its aliases it has more than ${LARGEST} characters`);
  if (value === undefined) return null;
  if (levels === 0 && typeof value === 'object' && value !== null) throw new RangeError(TOO_DEEP);
  if (Array.isArray(value)) return value.map((item) => jsonOf(item, room, levels - 1));
  if (value instanceof Map) {
    return Object.fromEntries(
      [...value].map(([key, member]) => {
        const name = String(key);
        room.left -= name.length;
        return [name, jsonOf(member, room, levels - 1)];
      }),
    );
  }
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new TypeError(`a ${typeof value} has no JSON form`);
}
