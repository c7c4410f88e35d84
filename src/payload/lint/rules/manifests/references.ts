import { documentsOf, fieldLines, type Manifest, type YamlDocument } from '../../../manifest/index.ts';
import { appliedOf, manifestsOf, nameOf } from '../../objects.ts';
import { type EndsAt, endingIn, gapOf } from '../../texts/gaps.ts';
import { imageValues } from '../../texts/image-values.ts';
import { values } from '../../texts/leaves.ts';
import type { LintRule, Problem, ReadFile } from '../../types.ts';
import { error, placeOf, problem, warning } from '../problem.ts';

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

/** Images of an object whose surroundings are looked at. */
const MOST_IMAGES = 100;

/** Something about words in a field. */
function about(problem: Problem, manifest: Manifest, words: string, field: string): Problem {
  return { ...problem, place: { ...placeOf(manifest), field }, words };
}

/** Images of an object that the assembly could not replace where they stand. */
function* unreplaced(
  manifest: Manifest,
  document: YamlDocument,
  { known, endsKnown }: { readonly known: ReadonlySet<string>; readonly endsKnown: EndsAt },
): Generator<Problem> {
  const named = Map.groupBy(imageValues(manifest), ({ image }) => image);
  const unknown = [...named].filter(([image]) => !known.has(image));
  for (const [image, places] of unknown.slice(0, MOST_IMAGES)) {
    const gap = gapOf(document.text, image, endsKnown);
    if (gap === undefined) continue;
    const line = document.line + document.text.slice(0, gap.index).split('\n').length - 1;
    const lineOf = places.length === 1 ? () => line : fieldLines(document);
    const place = places.find(({ path }) => lineOf(path, image) === line);
    const found = warning(`"${image}" ${gap.why}.`, { file: manifest.file, line });
    yield place === undefined ? found : about(found, manifest, image, place.path);
  }
  if (unknown.length > MOST_IMAGES)
    yield problem('warning', manifest, `${nameOf(manifest)} names ${unknown.length - MOST_IMAGES} images more.`);
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
        yield about(error(`"${match}" is ${what}.`), manifest, match, path);
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
            const message = `${nameOf(manifest)} uses the image "${image}", which is no component of the release.`;
            yield about(error(message), manifest, image, path);
          }
        }
        for (const manifest of manifestsOf({ files: [file] })) {
          for (const { path, value } of values(manifest)) {
            const licensed = LICENSED.exec(value)?.[0];
            if (licensed !== undefined) {
              const message = `${nameOf(manifest)} refers to "${licensed}", which OKD may not ship.`;
              yield about(error(message), manifest, licensed, path);
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
      const images = { known, endsKnown: endingIn(known) };
      for (const file of files) {
        const applied = appliedOf({ files: [file] });
        if (applied.length === 0) continue;
        const documentOf = documentsOf(file.text);
        for (const manifest of applied) yield* unreplaced(manifest, documentOf(manifest), images);
      }
    },
  },
];
