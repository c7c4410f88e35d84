import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../../util/index.ts';
import { parseYamlDocuments, yamlValue } from '../../../util/yaml/index.ts';

/** Where a repository, and those below it, can be read as well. */
export interface MirrorRule {
  /** `quay.io/okd/scos-release`, or a registry or namespace above it. */
  readonly source: string;
  /** In the order in which they are asked. */
  readonly mirrors: readonly string[];
  /** The source itself must not be contacted. */
  readonly mirrorsOnly: boolean;
}

const INVALID = 'OCI_MIRRORS_INVALID';
/** Where each kind has its rules (openshift/api config/v1 and operator/v1alpha1). */
const FIELDS: Readonly<Record<string, string>> = {
  ImageDigestMirrorSet: 'imageDigestMirrors',
  ImageTagMirrorSet: 'imageTagMirrors',
  ImageContentSourcePolicy: 'repositoryDigestMirrors',
};
const parseKind = parserOf(
  Type.Object({ kind: Type.String(), spec: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }),
  INVALID,
);
const parseRules = parserOf(
  Type.Array(
    Type.Object({
      source: Type.String({ minLength: 1 }),
      mirrors: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
      mirrorSourcePolicy: Type.Optional(
        Type.Union([Type.Literal('NeverContactSource'), Type.Literal('AllowContactingSource'), Type.Literal('')]),
      ),
    }),
  ),
  INVALID,
);

/** Reads ImageDigestMirrorSets, ImageTagMirrorSets and ImageContentSourcePolicies. Throws `OCI_MIRRORS_INVALID`. */
export function parseMirrors(text: string, file: string): readonly MirrorRule[] {
  const rules: MirrorRule[] = [];
  for (const document of parseYamlDocuments(text, { logLevel: 'silent' })) {
    const [problem] = document.errors;
    if (problem !== undefined)
      throw new SlipwayError(INVALID, `the YAML can not be read: ${problem.message.split('\n')[0]}`, {
        place: { file },
        cause: problem,
      });
    const value: unknown = yamlValue(document);
    if (value === null) continue;
    const { kind, spec } = parseKind(value, { file });
    const field = FIELDS[kind];
    if (field === undefined)
      throw new SlipwayError(INVALID, `"${kind}" has no mirrors.`, {
        place: { file },
        hint: `Mirrors stand in ${Object.keys(FIELDS).join(', ')}.`,
      });
    for (const { source, mirrors = [], mirrorSourcePolicy } of parseRules(spec?.[field] ?? [], {
      file,
      field: `spec.${field}`,
    }))
      rules.push({ source, mirrors, mirrorsOnly: mirrorSourcePolicy === 'NeverContactSource' });
  }
  if (rules.length > 0) return rules;
  throw new SlipwayError(INVALID, 'the file names no mirror.', { place: { file } });
}

/** Repositories to ask for a repository, the first first; `undefined` where no rule is for it. The longest source counts. */
export function placesOf(repository: string, rules: readonly MirrorRule[]): readonly string[] | undefined {
  const covering = rules.filter(({ source }) => repository === source || repository.startsWith(`${source}/`));
  const longest = Math.max(...covering.map(({ source }) => source.length));
  const counting = covering.filter(({ source }) => source.length === longest);
  if (counting.length === 0) return undefined;
  const mirrors = counting.flatMap((rule) => rule.mirrors.map((mirror) => `${mirror}${repository.slice(longest)}`));
  const itself = counting.some(({ mirrorsOnly }) => mirrorsOnly) ? [] : [repository];
  return [...new Set([...mirrors, ...itself])];
}
