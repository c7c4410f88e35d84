import { isObject } from '../../manifest/parse.ts';
import type { JsonValue, Manifest } from '../../manifest/types.ts';
import type { LintRule, ReadFile } from '../types.ts';
import { manifestsOf, nameOf, placeOf, problem } from './problem.ts';

/** Text that the assembly should have replaced. */
const PLACEHOLDERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/placeholder\.url\.oc\.will\.replace[\w./:-]*/g, 'an image placeholder'],
  [/quay\.io\/openshift\/origin-[\w.-]+(?::[\w.-]+)?/g, 'an image placeholder'],
  [/(?<!\w)0\.0\.1-snapshot[a-z0-9-]*/g, 'a version placeholder'],
  [/\{\{[^}\n]{0,60}/g, 'a template, which is only rendered in /manifests'],
  [/(?<=[\w/-]):latest\b/g, 'a tag that moves'],
];

/** Content that OKD may not ship (payload format § 4.4, M212). */
const LICENSED = /(?:registry\.redhat\.io|registry\.connect\.redhat\.com|quay\.io\/openshift-release-dev)\/[\w./:@-]*/;

/** `host[:port]/path[:tag][@digest]` with a host that has a dot or a port. */
const IMAGE =
  /^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*(?:\.[a-z]{2,}|:\d+)(?::\d+)?(?:\/[a-z0-9._-]+)+(?::[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})+$/;

interface Leaf {
  readonly path: string;
  readonly value: string;
}

/** Every text of a value with its place. */
export function* leaves(value: JsonValue, path = ''): Iterable<Leaf> {
  if (typeof value === 'string') yield { path, value };
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* leaves(item, `${path}[${index}]`);
  else if (isObject(value))
    for (const [key, member] of Object.entries(value)) yield* leaves(member, path === '' ? key : `${path}.${key}`);
}

/** What a container runs, an environment variable names, or a ConfigMap holds as a whole value. */
function* imageFields(manifest: Manifest): Iterable<Leaf> {
  for (const leaf of leaves(manifest.object)) {
    if (/(?:^|\.)(?:init)?[cC]ontainers\[\d+\]\.image$/.test(leaf.path)) yield leaf;
    else if (/\.env\[\d+\]\.value$/.test(leaf.path) && IMAGE.test(leaf.value)) yield leaf;
    else if (manifest.kind === 'ConfigMap' && leaf.path.startsWith('data.') && IMAGE.test(leaf.value.trim()))
      yield leaf;
  }
}

function* placeholders({ file, text }: ReadFile) {
  for (const [pattern, what] of PLACEHOLDERS) {
    const match = [...text.matchAll(pattern)].find(({ index }) => !isComment(text, index));
    if (match === undefined) continue;
    yield {
      severity: 'error' as const,
      message: `"${match[0]}" is ${what}.`,
      place: { file: file.name, line: text.slice(0, match.index).split('\n').length },
    };
  }
}

function isComment(text: string, index: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', index - 1) + 1, index);
  return /^\s*#/.test(line) || /\s#/.test(line);
}

/** What manifests refer to. */
export const REFERENCES: readonly LintRule[] = [
  {
    id: 'M211',
    title: 'nothing is left that the assembly should have replaced',
    *check({ files }) {
      for (const file of files) if (file.manifests.length > 0) yield* placeholders(file);
    },
  },
  {
    id: 'M212',
    title: 'every image is a component of the release, by digest, and none is licensed content',
    *check({ files, payload }) {
      const known = new Set(payload.images.map(({ pullSpec }) => pullSpec));
      for (const manifest of manifestsOf({ files })) {
        for (const { path, value } of imageFields(manifest)) {
          if (known.has(value.trim())) continue;
          yield {
            severity: 'error',
            message: `${nameOf(manifest)} uses the image "${value.trim()}", which is no component of the release.`,
            place: { ...placeOf(manifest), field: path },
          };
        }
        for (const { path, value } of leaves(manifest.object)) {
          const licensed = LICENSED.exec(value);
          if (licensed !== null) {
            yield {
              severity: 'error',
              message: `${nameOf(manifest)} refers to "${licensed[0]}", which OKD may not ship.`,
              place: { ...placeOf(manifest), field: path },
            };
          }
        }
      }
    },
  },
  {
    id: 'M213',
    title: 'no image stands where the assembly does not replace it: in the middle of a list',
    *check({ files, payload }) {
      const known = new Set(payload.images.map(({ pullSpec }) => pullSpec));
      for (const manifest of manifestsOf({ files })) {
        for (const { path, value } of leaves(manifest.object)) {
          const parts = value.split(/[\s,;]+/);
          if (parts.length < 2 || !/\.(?:env\[\d+\]\.value|args\[\d+\]|command\[\d+\])$|^data\./.test(path)) continue;
          for (const part of parts.map((text) => text.replace(/^.*=/, ''))) {
            if (IMAGE.test(part) && !known.has(part))
              yield problem(
                'warning',
                manifest,
                `"${part}" stands in a list, where only an image before a blank, a quote or the end is replaced.`,
                path,
              );
          }
        }
      }
    },
  },
];
