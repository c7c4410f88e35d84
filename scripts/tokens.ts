/**
 * Writes web/src/styles/tokens.css: the PatternFly design tokens that the site uses, and no others, light and dark.
 * PatternFly is 38 MB and only a development dependency; the site ships these few lines of it instead.
 *
 *     node scripts/tokens.ts            # rewrite the file after using a new token under web/src
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const tokensFile = join(root, 'web/src/styles/tokens.css');

/** Zeroes that end a fraction: PatternFly writes 0.5000. */
const idleZeroes = /(?<=\.\d*)(?<!\.)0+(?!\d)/g;
const comment = /\/\/.*$/gm;
const declaration = /(--pf-t--[\w-]+):\s*([^;]+);/g;
const reference = /var\((--pf-t--[\w-]+)\)/g;
const colour = /^(#[0-9a-f]{3,8}|rgba?\([^()]*\))$/i;

export type Tokens = ReadonlyMap<string, string>;

/** Custom properties declared in a PatternFly token file, in name → definition form (definitions may refer to others). */
export function parseTokens(...sources: readonly string[]): Tokens {
  const tokens = new Map<string, string>();
  for (const source of sources) {
    for (const [, name = '', value = ''] of source.replace(comment, '').matchAll(declaration)) {
      tokens.set(name, value.trim().replace(/\s+/g, ' ').replace(idleZeroes, ''));
    }
  }
  return tokens;
}

/** Names of the tokens that a style sheet or component refers to. */
export function usedTokens(source: string): string[] {
  return [...source.matchAll(reference)].map(([, name = '']) => name);
}

function define(tokens: Tokens, name: string): string {
  const value = tokens.get(name);
  if (value === undefined) throw new Error(`${name} is used under web/src, but PatternFly has no such token`);
  return value;
}

/** The definition of a token with every reference replaced, down to plain values. */
function resolve(tokens: Tokens, name: string): string {
  return define(tokens, name).replace(reference, (_, inner: string) => resolve(tokens, inner));
}

/**
 * The CSS value of a token in both themes. Where they differ, colours become `light-dark(…)`, which follows the page's
 * `color-scheme`, so that one declaration serves both themes; a shadow keeps its shape and gets such a colour inside.
 */
function themed(light: Tokens, dark: Tokens, name: string): string {
  const [day, night] = [resolve(light, name), resolve(dark, name)];
  if (day === night) return day;
  if (colour.test(day) && colour.test(night)) return `light-dark(${day}, ${night})`;
  if (define(light, name) === define(dark, name)) {
    return define(light, name).replace(reference, (_, inner: string) => themed(light, dark, inner));
  }
  throw new Error(`${name} is not a colour, yet differs between the themes: ${day} and ${night}`);
}

/** The text of tokens.css for the given names. Same names in any order, same bytes. */
export function renderTokens(light: Tokens, dark: Tokens, names: readonly string[]): string {
  const lines = [...new Set(names)].sort().map((name) => `  ${name}: ${themed(light, dark, name)};`);
  return [
    '/*',
    ' * Made by scripts/tokens.ts: the PatternFly 6 design tokens that this site uses. Do not edit by hand.',
    ' * PatternFly is Copyright (c) Red Hat, Inc., MIT licence, https://github.com/patternfly/patternfly',
    ' */',
    ':root {',
    ...lines,
    '}',
    '',
  ].join('\n');
}

/** tokens.css as the installed PatternFly and the present sources under web/src make it. */
export function currentTokens(): string {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@patternfly/patternfly/package.json')),
    'base/tokens',
  );
  const read = (name: string) => readFileSync(join(folder, `tokens-${name}.scss`), 'utf8');
  const light = parseTokens(read('palette'), read('default'), read('local'));
  const dark = new Map([...light, ...parseTokens(read('dark'))]);
  const sources = join(root, 'web/src');
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(astro|css)$/.test(path) && join(sources, path) !== tokensFile)
    .flatMap((path) => usedTokens(readFileSync(join(sources, path), 'utf8')));
  return renderTokens(light, dark, names);
}

if (import.meta.main) writeFileSync(tokensFile, currentTokens());
