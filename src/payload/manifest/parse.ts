import { SlipwayError } from '../../util/index.ts';
import { goQuote, type JsonObject, type JsonValue } from '../text/index.ts';
import type { Manifest } from './types.ts';
import { parseYaml, splitDocuments, textOf, type YamlDocument } from './yaml.ts';

/** Files that oc and the Cluster Version Operator read as manifests. */
export function isManifestFile(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of keys, `undefined` where the path ends early. */
export function at(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined {
  let current = value;
  for (const key of path) {
    if (Array.isArray(current) && typeof key === 'number') current = current[key];
    else if (isObject(current)) current = current[key];
    else return undefined;
  }
  return current;
}

/** The string at a path, empty when there is none: unstructured getters of apimachinery treat other types so. */
export function textAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The items of a list at a path; empty when there is none. */
export function listAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): readonly JsonValue[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** `Group: "apps" Kind: "Deployment" Namespace: "a" Name: "b"`, as library-go names a resource. */
export function describeResource(manifest: Pick<Manifest, 'group' | 'kind' | 'namespace' | 'name'>): string {
  const namespace = manifest.namespace === '' ? '' : ` Namespace: ${goQuote(manifest.namespace)}`;
  return `Group: ${goQuote(manifest.group)} Kind: ${goQuote(manifest.kind)}${namespace} Name: ${goQuote(manifest.name)}`;
}

function refuse(file: string, line: number, reason: string): SlipwayError {
  return new SlipwayError('PAYLOAD_MANIFEST_INVALID', `${file}: ${reason}`, { place: { file, line } });
}

function manifestOf(object: JsonValue, file: string, document: YamlDocument): Manifest {
  const line =
    document.line + (/^(?:\s*(?:#[^\n]*)?\n|---[^\n]*\n)*/.exec(document.text)?.[0].split('\n').length ?? 1) - 1;
  if (!isObject(object)) throw refuse(file, line, `not a Kubernetes object: ${JSON.stringify(object).slice(0, 100)}`);
  const kind = textAt(object, 'kind');
  if (kind === '') throw refuse(file, line, `Object 'Kind' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  const apiVersion = textAt(object, 'apiVersion');
  const given = at(object, 'apiVersion') ?? '';
  if (typeof given !== 'string' || given.split('/').length > 2)
    throw refuse(file, line, `apiVersion is no group and version: ${JSON.stringify(given).slice(0, 100)}`);
  const slash = apiVersion.indexOf('/');
  const found = at(object, 'metadata', 'annotations');
  const manifest: Manifest = {
    file,
    line,
    group: slash === -1 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    namespace: textAt(object, 'metadata', 'namespace'),
    name: textAt(object, 'metadata', 'name'),
    annotations: isObject(found) ? stringsOf(found) : null,
    object,
  };
  if (manifest.name === '') {
    const who = describeResource(manifest);
    throw refuse(file, line, `Resource with fields ${who} must contain kubernetes required fields kind and name`);
  }
  return manifest;
}

/** Annotations as the unstructured getter returns them: nothing at all when one value is not a string. */
function stringsOf(object: JsonObject): Readonly<Record<string, string>> | null {
  const entries = Object.entries(object);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return null;
  return Object.fromEntries(entries);
}

/**
 * Reads the objects of a manifest file as library-go's manifest package does for the Cluster Version Operator, which
 * refuses a whole payload for one file that it cannot read (payload format § 4.1).
 * Throws `PAYLOAD_YAML_INVALID`, `PAYLOAD_MANIFEST_INVALID` or `PAYLOAD_MANIFEST_DUPLICATE`, with file and line.
 */
export function parseManifests(bytes: Uint8Array | string, file: string): readonly Manifest[] {
  return parseDocuments(bytes, file).map(({ manifest }) => manifest);
}

export interface ManifestDocument {
  readonly manifest: Manifest;
  readonly document: YamlDocument;
}

/** As `parseManifests`, with the document that each object was read from. */
export function parseDocuments(bytes: Uint8Array | string, file: string): readonly ManifestDocument[] {
  const text = typeof bytes === 'string' ? bytes : textOf(bytes, file);
  const found = new Map<string, ManifestDocument>();
  for (const document of splitDocuments(text)) {
    const object = parseYaml(document, file);
    if (object === null) continue;
    const manifest = manifestOf(object, file, document);
    const who = describeResource(manifest);
    const same = found.get(who)?.manifest;
    if (same !== undefined) {
      throw new SlipwayError('PAYLOAD_MANIFEST_DUPLICATE', `duplicate resource: (${who})`, {
        place: { file, line: manifest.line },
        hint: `The file holds the same object on line ${same.line}.`,
      });
    }
    found.set(who, { manifest, document });
  }
  return [...found.values()];
}
