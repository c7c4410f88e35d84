import { DEEPEST_JSON } from '../../../util/index.ts';
import { goFloat } from '../../text/index.ts';
import { Refusal } from './cursor.ts';
import { type AliasNode, type MapNode, type Node, parseNodes, type ScalarNode } from './nodes.ts';
import { resolve, type Scalar } from './resolve.ts';

/**
 * A value as Go holds it: whole numbers exact, other numbers float64. Members stand under the keys that JSON has for
 * theirs. What JSON does not have is a `Refusal` in its place: it may yet be replaced by a later member of that name.
 */
export type GoYamlValue = Scalar | Refusal | readonly GoYamlValue[] | ReadonlyMap<string, GoYamlValue>;

/** Members by the type and text of their keys: 1 and "1" are two, of which JSON has the last. */
type Members = Map<string, { readonly key: string | Refusal; readonly value: GoYamlValue }>;

const MERGE = 'tag:yaml.org,2002:merge';

/** Aliases that go-yaml v2 follows: all of a small document, a tenth of the values of a large one. */
function allowedRatio(values: number): number {
  const [low, high] = [400_000, 4_000_000];
  if (values <= low) return 0.99;
  return values >= high ? 0.1 : 0.99 - 0.89 * ((values - low) / (high - low));
}

/** `strconv.FormatFloat(n, 'g', -1, 32)`, as `sigs.k8s.io/yaml` writes a float that is a key. */
function floatKey(value: number): string {
  const single = Math.fround(value);
  let digits = 0;
  while (digits < 9 && Math.fround(Number(single.toExponential(digits))) !== single) digits++;
  return goFloat(single, single.toExponential(digits));
}

/** The key of a member in JSON; of a list or mapping there is none. */
function keyText(key: GoYamlValue, line: number): string | Refusal {
  if (key === null) return new Refusal(line, 'a key is null, and JSON has no such key');
  if (typeof key === 'number') return floatKey(key);
  if (typeof key === 'bigint' && key >= 2n ** 63n) return new Refusal(line, `the key ${key} has more than 63 bits`);
  if (typeof key === 'object') throw new Refusal(line, 'a key is a list or a mapping, and JSON has no such keys');
  return String(key);
}

/** Makes values of nodes. What aliases repeat is made again each time, and counted. */
class Decoder {
  readonly #open = new Set<AliasNode>();
  #depth = 0;
  #values = 0;
  #aliased = 0;
  #characters: number;

  constructor(characters: number) {
    this.#characters = characters;
  }

  value(node: Node): GoYamlValue {
    this.#count(node);
    if (node.kind === 'alias') return this.#alias(node, () => this.value(node.target));
    return this.#nested(node, () => this.#content(node));
  }

  #content(node: Exclude<Node, AliasNode>): GoYamlValue {
    if (node.kind === 'scalar') return this.#scalar(node);
    if (node.kind === 'list') return node.items.map((item) => this.value(item));
    const members: Members = new Map();
    this.#members(node, members);
    const found = new Map<string, GoYamlValue>();
    for (const { key, value } of members.values()) {
      if (key instanceof Refusal) return key;
      found.set(key, value);
    }
    return found;
  }

  /** A level deeper; each alias may add all levels of what it stands for. */
  #nested<T>({ line }: Node, read: () => T): T {
    if (this.#depth === DEEPEST_JSON)
      throw new Refusal(line, `with its aliases it is nested deeper than ${DEEPEST_JSON} levels`);
    this.#depth++;
    const found = read();
    this.#depth--;
    return found;
  }

  #count({ line }: Node): void {
    this.#values++;
    if (this.#open.size > 0) this.#aliased++;
    const much = this.#aliased > 100 && this.#values > 1000;
    if (much && this.#aliased / this.#values > allowedRatio(this.#values))
      throw new Refusal(line, 'most of it is repeated by aliases, more than a cluster reads');
  }

  #scalar(node: ScalarNode): Scalar | Refusal {
    this.#spend(node.value, node);
    const found = resolve(node);
    return typeof found === 'number' && !Number.isFinite(found)
      ? new Refusal(node.line, `the number ${node.value} has no JSON form`)
      : found;
  }

  #spend(text: string, { line }: Node): void {
    this.#characters -= text.length;
    if (this.#characters < 0) throw new Refusal(line, 'with its aliases it has more characters than are read');
  }

  #alias<T>(node: AliasNode, read: () => T): T {
    if (this.#open.has(node)) throw new Refusal(node.line, `&${node.name} contains itself`);
    this.#open.add(node);
    const found = read();
    this.#open.delete(node);
    return found;
  }

  #members(node: MapNode, members: Members): void {
    for (const [key, value] of node.pairs) {
      if (key.kind === 'scalar' && key.value === '<<' && (key.implicit || key.tag === MERGE)) {
        this.#merge(value, members);
        continue;
      }
      const found = key.kind === 'scalar' ? resolve(key) : this.value(key);
      const text = keyText(found, key.line);
      const member = this.value(value);
      const id = text instanceof Refusal ? 'none' : text;
      this.#spend(id, key);
      members.set(`${typeof found} ${id}`, { key: text, value: member });
    }
  }

  /** go-yaml v2 merges where `<<` stands: over the members in front of it, under those behind it. */
  #merge(node: Node, members: Members): void {
    if (node.kind === 'list') {
      for (const item of node.items.toReversed()) this.#mergeOne(item, members);
    } else this.#mergeOne(node, members);
  }

  #mergeOne(node: Node, members: Members): void {
    const target = node.kind === 'alias' ? node.target : node;
    if (target.kind !== 'map') throw new Refusal(node.line, 'what << brings in is no mapping');
    this.#count(node);
    if (node.kind !== 'alias') {
      this.#nested(node, () => this.#members(target, members));
      return;
    }
    this.#count(target);
    this.#alias(node, () => this.#nested(node, () => this.#members(target, members)));
  }
}

/** What YAML 1.1 does not let stand in a document (§ 4.1.1). */
const NOT_ALLOWED = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Reads a text that is one document as go-yaml v2 reads it for `sigs.k8s.io/yaml`, and so for everything of Kubernetes.
 * `characters` is what its texts may have in all, those that aliases repeat counted each time. Stricter in this: what
 * stands behind the end of the value is refused, where go-yaml does not look at it. Throws a `Refusal`.
 */
export function decodeYaml(text: string, characters: number): GoYamlValue {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  const found = NOT_ALLOWED.exec(body);
  if (found !== null) {
    const code = found[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    throw new Refusal(body.slice(0, found.index).split('\n').length, `the character U+${code} is not allowed in YAML`);
  }
  const node = parseNodes(body);
  return node === undefined ? null : new Decoder(characters).value(node);
}
