import { SlipwayError } from '../../util/index.ts';
import { isManifestFile, type Manifest, parseManifests } from '../manifest/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload } from '../types.ts';
import { diffFields, type FieldChange } from './fields.ts';

/** A Kubernetes object as both releases, or one of them, bring it to a cluster. */
export interface ResourceChange {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for objects of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  /** `moved`: the same object in another file. */
  readonly change: 'added' | 'removed' | 'changed' | 'moved';
  readonly fromFile?: string;
  readonly toFile?: string;
  /** Of changed objects. */
  readonly fields: readonly FieldChange[];
}

export interface ResourceDifference {
  /** By group, kind, namespace and name. */
  readonly resources: readonly ResourceChange[];
  /** Objects that are the same in the same file. */
  readonly unchanged: number;
  /** Manifest files that can not be read, with the reason: what they hold is not compared. */
  readonly unreadable: readonly { readonly release: 'from' | 'to'; readonly file: string; readonly reason: string }[];
}

type Pair = readonly [from: Manifest | undefined, to: Manifest | undefined];

/** Objects have a variant for each feature set and profile: these annotations tell them apart. */
function variantOf({ annotations }: Manifest): string {
  return Object.entries(annotations ?? {})
    .filter(([key]) => /^(?:(?:include|exclude)\.)?release\.openshift\.io\/|^capability\.openshift\.io\//.test(key))
    .map(([key, value]) => `${key}=${value}`)
    .sort(compareBytes)
    .join(' ');
}

/** Takes pairs for which `same` says the same out of both lists. */
function take(from: Manifest[], to: Manifest[], same: (manifest: Manifest) => string): readonly Pair[] {
  const pairs: Pair[] = [];
  const byText = Map.groupBy(to, same);
  for (const old of [...from]) {
    const now = byText.get(same(old))?.shift();
    if (now === undefined) continue;
    pairs.push([old, now]);
    from.splice(from.indexOf(old), 1);
    to.splice(to.indexOf(now), 1);
  }
  return pairs;
}

/** Which of the objects of one name became which: the same one first, then in the same file, then of the same variant. */
function pair(before: readonly Manifest[], after: readonly Manifest[]): readonly Pair[] {
  const [from, to] = [[...before], [...after]];
  const content = ({ object }: Manifest): string => JSON.stringify(object);
  return [
    ...take(from, to, (manifest) => `${manifest.file}\n${content(manifest)}`),
    ...take(from, to, content),
    ...take(from, to, ({ file }) => file),
    ...take(from, to, variantOf),
    ...(from.length === 1 && to.length === 1
      ? [[from[0], to[0]] as const]
      : [...from.map((old): Pair => [old, undefined]), ...to.map((now): Pair => [undefined, now])]),
  ];
}

function apiVersionOf({ group, version }: Manifest): string {
  return group === '' ? version : `${group}/${version}`;
}

function changeOf([from, to]: Pair): ResourceChange | undefined {
  const shown = to ?? from;
  if (shown === undefined) return undefined;
  const { kind, namespace, name } = shown;
  const fields = from === undefined || to === undefined ? [] : diffFields(from.object, to.object);
  if (from !== undefined && to !== undefined && fields.length === 0 && from.file === to.file) return undefined;
  return {
    apiVersion: apiVersionOf(shown),
    kind,
    namespace,
    name,
    change: from === undefined ? 'added' : to === undefined ? 'removed' : fields.length > 0 ? 'changed' : 'moved',
    ...(from === undefined ? {} : { fromFile: from.file }),
    ...(to === undefined ? {} : { toFile: to.file }),
    fields,
  };
}

function manifestsOf(payload: Payload, release: 'from' | 'to') {
  const manifests: Manifest[] = [];
  const unreadable: { release: 'from' | 'to'; file: string; reason: string }[] = [];
  for (const { name, bytes } of payload.files) {
    if (!isManifestFile(name)) continue;
    try {
      manifests.push(...parseManifests(bytes, name));
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      unreadable.push({ release, file: name, reason: error.message });
    }
  }
  return { manifests, unreadable };
}

/**
 * What is different between the manifests of two releases, object by object wherever their files stand, field by field.
 * The version of an API is a field: an object that changes it stays the same object. Pure.
 */
export function diffResources(a: Payload, b: Payload): ResourceDifference {
  const [from, to] = [manifestsOf(a, 'from'), manifestsOf(b, 'to')];
  const key = ({ group, kind, namespace, name }: Manifest): string => [group, kind, namespace, name].join('\n');
  const [before, after] = [Map.groupBy(from.manifests, key), Map.groupBy(to.manifests, key)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes);
  const pairs = keys.flatMap((name) => pair(before.get(name) ?? [], after.get(name) ?? []));
  const resources = pairs.flatMap((both) => changeOf(both) ?? []);
  return {
    resources,
    unchanged: pairs.length - resources.length,
    unreadable: [...from.unreadable, ...to.unreadable],
  };
}

const VALUE_LIMIT = 100;

function valueText(value: FieldChange['from']): string {
  const text = JSON.stringify(value);
  return text.length > VALUE_LIMIT ? `${text.slice(0, VALUE_LIMIT)}… (${text.length} characters)` : text;
}

function fieldLine({ path, from, to }: FieldChange): string {
  if (from === undefined) return `    + ${path}: ${valueText(to)}`;
  if (to === undefined) return `    - ${path}: ${valueText(from)}`;
  return `    ~ ${path}: ${valueText(from)} → ${valueText(to)}`;
}

/** `Deployment openshift-x/operator (apps/v1)`. */
export function resourceTitle({ kind, namespace, name, apiVersion }: ResourceChange): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} (${apiVersion})`;
}

/** Where an object stands. */
export function resourceFiles({ fromFile, toFile }: ResourceChange): string {
  if (fromFile === undefined || toFile === undefined || fromFile === toFile) return toFile ?? fromFile ?? '';
  return `${fromFile} → ${toFile}`;
}

/** The difference as lines: objects by what happened to them, with their fields. */
export function resourceLines({ resources, unchanged, unreadable }: ResourceDifference): readonly string[] {
  const part = (change: ResourceChange['change'], title: string): readonly string[] => {
    const these = resources.filter((resource) => resource.change === change);
    if (these.length === 0) return [];
    const lines = these.flatMap((resource) => [
      `  ${resourceTitle(resource)} in ${resourceFiles(resource)}`,
      ...resource.fields.map(fieldLine),
    ]);
    return [title, ...lines, ''];
  };
  return [
    ...part('changed', 'Objects Changed:'),
    ...part('added', 'Objects Added:'),
    ...part('removed', 'Objects Removed:'),
    ...part('moved', 'Objects in Another File:'),
    ...(unreadable.length === 0
      ? []
      : [
          'Files Not Compared:',
          ...unreadable.map(({ release, file, reason }) => `  ${file} (${release}): ${reason}`),
          '',
        ]),
    `${unchanged} objects are the same`,
  ];
}
