import { dirname, resolve } from 'node:path';
import { isNode, LineCounter } from 'yaml';
import { parserOf, readFileBounded, reasonOf, SlipwayError, sha256Hex, systemCode } from '../../util/index.ts';
import { parseYamlDocument, yamlValue } from '../../util/yaml/index.ts';
import {
  type BaseChoice,
  PROMOTION,
  type ReleaseDefinition,
  ReleaseDefinitionSchema,
  type WrittenDefinition,
} from './schema.ts';

const parse = parserOf(ReleaseDefinitionSchema, 'RELEASE_DEFINITION_INVALID');

type Sets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The sets that `images.rebased` adds, whole. */
function rebasedSets(
  { sets, bases, rebased = {} }: WrittenDefinition['images'],
  invalid: (field: string, message: string) => never,
): Sets {
  const made = Object.entries(rebased).map(([name, { like, instead, base, components }]) => {
    const field = `images.rebased.${name}`;
    if (Object.hasOwn(sets, name)) invalid(field, `there is a set "${name}" already.`);
    if (!Object.hasOwn(sets, like)) invalid(`${field}.like`, `there is no set "${like}".`);
    for (const [key, value] of Object.entries({ instead, base }))
      if (!Object.hasOwn(bases, value)) invalid(`${field}.${key}`, `there is no base image "${value}".`);
    const alike = sets[like] ?? {};
    const stranger = Object.keys(components).find((component) => !Object.hasOwn(alike, component));
    if (stranger !== undefined) invalid(`${field}.components`, `the set "${like}" has no component "${stranger}".`);
    // The line decides: with the base image of before, the set is what it is like.
    return [name, base === instead ? alike : { ...alike, ...components }] as const;
  });
  return Object.fromEntries(made);
}

function duplicates(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

/**
 * Parses a release definition. Errors (`RELEASE_DEFINITION_INVALID`) name the file with the line or the field; a
 * component named twice in one set is a duplicate YAML key and refused with its line.
 */
export function parseReleaseDefinition(text: string, file: string): ReleaseDefinition {
  const lines = new LineCounter();
  const document = parseYamlDocument(text, { uniqueKeys: true, lineCounter: lines });
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw new SlipwayError('RELEASE_DEFINITION_INVALID', `the YAML does not parse: ${problem.message.split('\n')[0]}`, {
      place: { file, ...(line === undefined ? {} : { line }) },
    });
  }
  const value = parse(yamlValue(document), { file });
  const invalid = (field: string, message: string): never => {
    throw new SlipwayError('RELEASE_DEFINITION_INVALID', message, { place: { file, field } });
  };
  const twice = duplicates(value.jobs.map((job) => job.name));
  if (twice !== undefined) invalid('jobs', `two jobs are named "${twice}".`);
  const reserved = value.jobs.find(({ name }) => name === 'audit' || name === 'lint' || name === PROMOTION);
  if (reserved) invalid('jobs', `"${reserved.name}" is the name of a gate that releases have anyway.`);
  if (value.nightly.name === value.stable.name)
    invalid('stable.name', `the stable stream is named "${value.stable.name}" as the nightly one is.`);
  const { content, release } = value.repositories;
  if (content === release) invalid('repositories', 'content and release are one repository.');
  if (!Object.hasOwn(value.images.sets, value.images.defaultSet))
    invalid('images.defaultSet', `there is no set "${value.images.defaultSet}".`);
  const sets = { ...value.images.sets, ...rebasedSets(value.images, invalid) };
  const { store } = value.signing;
  for (const [set, components] of Object.entries(sets)) {
    if (!Object.hasOwn(components, value.images.payloadBase))
      invalid(`images.sets.${set}`, `the set lacks the payload's base "${value.images.payloadBase}".`);
    if (store !== undefined && !Object.hasOwn(components, store.component))
      invalid('signing.store.component', `the set "${set}" has no component "${store.component}".`);
  }
  if (!value.nightly.name.startsWith(`${value.line}.`))
    invalid('nightly.name', `the name does not belong to line ${value.line}.`);
  if (!value.stable.versionPrefix.startsWith(`${value.line}.`))
    invalid('stable.versionPrefix', `the prefix does not belong to line ${value.line}.`);
  const choices = Object.entries(value.images.rebased ?? {}).map(([set, { base, instead }]): [string, BaseChoice] => {
    const node = document.getIn(['images', 'rebased', set, 'base'], true);
    const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
    return [set, { base, instead, line, text: (text.split('\n')[line - 1] ?? '').trim() }];
  });
  const folder = dirname(file);
  return {
    ...value,
    choices: Object.fromEntries(choices),
    images: { ...value.images, sets, layout: resolve(folder, value.images.layout) },
    stable: {
      ...value.stable,
      ...(value.stable.audit?.policy === undefined
        ? {}
        : { audit: { ...value.stable.audit, policy: resolve(folder, value.stable.audit.policy) } }),
    },
    audit: {
      ...value.audit,
      policy: resolve(folder, value.audit.policy),
      keyring: value.audit.keyring.map((path) => resolve(folder, path)),
      ...(value.audit.catalogues === undefined
        ? {}
        : { catalogues: value.audit.catalogues.map((path) => resolve(folder, path)) }),
    },
    ...(value.lint === undefined ? {} : { lint: { policy: resolve(folder, value.lint.policy) } }),
    signing: { ...value.signing, key: resolve(folder, value.signing.key) },
    jobs: value.jobs.map((job) => ({ ...job, command: resolve(folder, job.command) })),
    ...(value.graph === undefined
      ? {}
      : {
          graph: {
            data: resolve(folder, value.graph.data),
            ...(value.graph.evidence === undefined ? {} : { evidence: resolve(folder, value.graph.evidence) }),
          },
        }),
    digest: sha256Hex(text),
    file,
  };
}

/** Reads a definition or a file that it names. Throws `RELEASE_DEFINITION_MISSING`. */
export async function readPart(file: string): Promise<Buffer> {
  try {
    return await readFileBounded(file);
  } catch (error) {
    const reason = systemCode(error) === 'ENOENT' ? 'the file does not exist' : reasonOf(error);
    throw new SlipwayError('RELEASE_DEFINITION_MISSING', `${reason}.`, { place: { file }, cause: error });
  }
}

/** Reads and parses a release definition file. Errors: `RELEASE_DEFINITION_MISSING`, `RELEASE_DEFINITION_INVALID`. */
export async function loadReleaseDefinition(file: string): Promise<ReleaseDefinition> {
  return parseReleaseDefinition((await readPart(file)).toString('utf8'), file);
}
