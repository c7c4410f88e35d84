import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import type { PayloadFile } from '../files.ts';
import { compareBytes, type JsonObject } from '../text/index.ts';
import { isManifestFile, listAt, parseManifests, textAt } from './parse.ts';
import type { Manifest } from './types.ts';

/** What decides whether an object is applied, and when: all that is kept of it, of a release's megabytes of objects. */
export interface ManifestOutline extends Omit<Manifest, 'object'> {
  /** Of a FeatureGate: what it enables. */
  readonly gates: readonly string[];
}

/** The objects of one file, or why a Cluster Version Operator would refuse it. */
export interface FileOutline {
  readonly file: string;
  readonly objects: readonly ManifestOutline[];
  readonly refusal: { readonly code: string; readonly message: string; readonly line: number | null } | null;
}

const Text = Type.String();
const Kept = Type.Array(
  Type.Object({
    file: Text,
    objects: Type.Array(
      Type.Object({
        file: Text,
        line: Type.Integer(),
        group: Text,
        version: Text,
        kind: Text,
        namespace: Text,
        name: Text,
        annotations: Type.Union([Type.Record(Text, Text), Type.Null()]),
        gates: Type.Array(Text),
      }),
    ),
    refusal: Type.Union([
      Type.Object({ code: Text, message: Text, line: Type.Union([Type.Integer(), Type.Null()]) }),
      Type.Null(),
    ]),
  }),
);

/** Reads outlines that were kept as JSON. Throws `PAYLOAD_OUTLINE_INVALID`. */
export const parseOutlines: (value: unknown) => readonly FileOutline[] = parserOf(Kept, 'PAYLOAD_OUTLINE_INVALID');

/** Feature gates that a FeatureGate enables, of any version. */
export function gatesOf({ group, kind, object }: Pick<Manifest, 'group' | 'kind'> & { readonly object: JsonObject }) {
  if (group !== 'config.openshift.io' || kind !== 'FeatureGate') return [];
  return listAt(object, 'status', 'featureGates')
    .flatMap((version) => listAt(version, 'enabled'))
    .map((gate) => textAt(gate, 'name'));
}

export function outlineOf(manifest: Manifest): ManifestOutline {
  const { object: _object, ...rest } = manifest;
  return { ...rest, gates: gatesOf(manifest) };
}

function outlineFile({ name, bytes }: PayloadFile): FileOutline {
  try {
    return { file: name, objects: parseManifests(bytes, name).map(outlineOf), refusal: null };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const { code, message, place } = error;
    return { file: name, objects: [], refusal: { code, message, line: place.line ?? null } };
  }
}

/** Outlines of the manifests of a release one by one, in the order of their names. */
export function* outlines(files: readonly PayloadFile[]): Generator<FileOutline, void, undefined> {
  const manifests = files.filter(({ name }) => isManifestFile(name)).sort((a, b) => compareBytes(a.name, b.name));
  for (const file of manifests) yield outlineFile(file);
}

/** All objects. Throws why the first file that can not be read is refused. */
export function objectsOf(files: readonly FileOutline[]): readonly ManifestOutline[] {
  return files.flatMap(({ file, objects, refusal }) => {
    if (refusal === null) return objects;
    const place = refusal.line === null ? { file } : { file, line: refusal.line };
    throw new SlipwayError(refusal.code, refusal.message, { place });
  });
}
