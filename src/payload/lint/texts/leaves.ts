import { isObject, type Manifest } from '../../manifest/index.ts';
import type { JsonObject, JsonValue } from '../../text/index.ts';

/** A text somewhere in an object. */
export interface Leaf {
  /** `spec.template.spec.containers[0].image` */
  readonly path: string;
  readonly value: string;
  /** The object that has it as a field; `undefined` for an item of a list. */
  readonly parent?: JsonObject;
}

function pathTo(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function collect(value: JsonValue, path: string, parent: JsonObject | undefined, found: Leaf[]): void {
  if (typeof value === 'string') found.push({ path, value, ...(parent === undefined ? {} : { parent }) });
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) collect(item, `${path}[${index}]`, undefined, found);
  else if (isObject(value))
    for (const [key, member] of Object.entries(value)) collect(member, pathTo(path, key), value, found);
}

/** Every text of a value with its place. */
export function leaves(value: JsonValue): readonly Leaf[] {
  const found: Leaf[] = [];
  collect(value, '', undefined, found);
  return found;
}

/** The schema of a CRD says what others may write; only what it fills in by default is a value. */
const SCHEMA = /^spec\.(?:versions\[\d+\]\.schema|validation)$/;

/** As `collect`, of a CRD; inside a schema only of what stands below a `default`. */
function collectSet(value: JsonValue, path: string, inSchema: boolean, found: Leaf[]): void {
  const schema = inSchema || SCHEMA.test(path);
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) collectSet(item, `${path}[${index}]`, schema, found);
  else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const below = pathTo(path, key);
      if (schema && key === 'default') collect(member, below, value, found);
      else if (typeof member !== 'string') collectSet(member, below, schema, found);
      else if (!schema) found.push({ path: below, value: member, parent: value });
    }
  } else if (typeof value === 'string' && !schema) found.push({ path, value });
}

/** The texts of an object that are its own: of a CRD without the words of its schema. */
export function ownLeaves({ kind, object }: Manifest): readonly Leaf[] {
  if (kind !== 'CustomResourceDefinition') return leaves(object);
  const found: Leaf[] = [];
  collectSet(object, '', false, found);
  return found;
}

/** Keys of texts for people, in annotations (`openshift.io/description`) and in fields. */
const PROSE = /(?:^|[./])(?:description|summary|message|title|displayName|display-name|introduction|conclusion)$/;

/** Whether the text at a path is for people to read. */
export function isProse(path: string): boolean {
  return PROSE.test(path);
}

/**
 * The texts of an object that something acts on. Real releases name images that are none of theirs in descriptions:
 * `docker.io/library/busybox:latest`, `registry.redhat.io/product/repo` (openshift/api, image policies and mirror sets).
 */
export function values(manifest: Manifest): readonly Leaf[] {
  return ownLeaves(manifest).filter(({ path }) => !isProse(path));
}
