import { documentOf, fieldLines } from '../../manifest/field-lines.ts';
import type { Manifest } from '../../manifest/types.ts';
import { gapOf } from '../texts/gaps.ts';
import { imageValues } from '../texts/image-values.ts';
import type { LintRule, Problem, ReadFile } from '../types.ts';
import { values } from './leaves.ts';
import { appliedOf, error, manifestsOf, nameOf, warning } from './problem.ts';

/**
 * Text that the assembly should have replaced. Payload format § 4.4 asks for any `{{`; but alerts
 * (`{{ $labels.node }}`), dashboards (`{{instance}}`) and quick starts of real releases have braces of their own, so only
 * what the Cluster Version Operator renders is looked for: it does so in /manifests, never in /release-manifests (§ 4.1).
 * A tag that moves is one of a whole reference, and not of the cluster's own registry, whose image streams have such tags.
 */
const PLACEHOLDERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/placeholder\.url\.oc\.will\.replace[\w./:-]*/, 'an image placeholder'],
  [/quay\.io\/openshift\/origin-[\w.-]+(?::[\w.-]+)?/, 'an image placeholder'],
  // Behind a letter (`v0.0.1-snapshot`) it is never replaced (§ 1.10), which is no less wrong.
  [/(?<!\d)0\.0\.1-snapshot[a-z0-9-]*/, 'a version placeholder'],
  [
    /\{\{[^{}\n]{0,80}\.(?:ReleaseImage|ClusterProfile|Images)\b[^}\n]{0,60}(?:\}\})?/,
    'a template, which is only rendered in /manifests',
  ],
  [
    /(?<![\w.:/-])(?!image-registry\.openshift-image-registry\.svc)[\w-]+(?:(?:\.[\w-]+)+(?::\d+)?|:\d+)\/[\w./-]+:latest(?![\w.-])/,
    'a tag that moves',
  ],
];

/** Content that OKD may not ship (payload format § 4.4, M212). */
const LICENSED = /(?:registry\.redhat\.io|registry\.connect\.redhat\.com|quay\.io\/openshift-release-dev)\/[\w./:@-]*/;

/** The line on which the words stand, and the field that has them. */
function placeIn({ text }: ReadFile, manifest: Manifest, words: string, field: string): NonNullable<Problem['place']> {
  return { file: manifest.file, line: fieldLines(text, manifest)(field, words), field };
}

/** The first of each kind of placeholder in a file. */
function* placeholders(file: ReadFile) {
  const found = new Set<string>();
  for (const manifest of appliedOf({ files: [file] })) {
    for (const { path, value } of values(manifest)) {
      for (const [pattern, what] of PLACEHOLDERS) {
        const match = pattern.exec(value)?.[0];
        if (match === undefined || found.has(pattern.source)) continue;
        found.add(pattern.source);
        yield error(`"${match}" is ${what}.`, placeIn(file, manifest, match, path));
      }
    }
  }
}

/** What manifests refer to. */
export const REFERENCES: readonly LintRule[] = [
  {
    id: 'M211',
    title: 'nothing is left that the assembly should have replaced',
    *check({ files }) {
      for (const file of files) yield* placeholders(file);
    },
  },
  {
    id: 'M212',
    title: 'every image is a component of the release, by digest, and none is licensed content',
    *check({ files, payload }) {
      const known = new Set(payload.images.map(({ pullSpec }) => pullSpec));
      for (const file of files) {
        for (const manifest of appliedOf({ files: [file] })) {
          for (const { path, image } of imageValues(manifest)) {
            if (known.has(image)) continue;
            yield error(
              `${nameOf(manifest)} uses the image "${image}", which is no component of the release.`,
              placeIn(file, manifest, image, path),
            );
          }
        }
        for (const manifest of manifestsOf({ files: [file] })) {
          for (const { path, value } of values(manifest)) {
            const licensed = LICENSED.exec(value)?.[0];
            if (licensed !== undefined) {
              yield error(
                `${nameOf(manifest)} refers to "${licensed}", which OKD may not ship.`,
                placeIn(file, manifest, licensed, path),
              );
            }
          }
        }
      }
    },
  },
  {
    id: 'M213',
    title: 'no image stands where the assembly does not replace it: in a list, or close behind another',
    *check({ files, payload }) {
      const known = new Set(payload.images.map(({ pullSpec }) => pullSpec));
      for (const file of files) {
        for (const manifest of appliedOf({ files: [file] })) {
          for (const [image, named] of Map.groupBy(imageValues(manifest), (one) => one.image)) {
            if (known.has(image)) continue;
            const { text, line: start } = documentOf(file.text, manifest);
            const gap = gapOf(text, image, known);
            if (gap === undefined) continue;
            const line = start + text.slice(0, gap.index).split('\n').length - 1;
            const places = named.map(({ path }) => placeIn(file, manifest, image, path));
            const place = places.find((one) => one.line === line) ?? { file: manifest.file, line };
            yield warning(`"${image}" ${gap.why}.`, place);
          }
        }
      }
    },
  },
];
