import { SlipwayError } from '../../util/index.ts';

export type Token =
  | { readonly type: 'text'; readonly text: string }
  /** What stands between `{{` and `}}`, in words. */
  | { readonly type: 'action'; readonly words: readonly Word[]; readonly source: string };

export interface Word {
  readonly type: 'string' | 'character' | 'number' | 'field' | 'variable' | 'name' | 'mark';
  readonly text: string;
  /** No blank stands before it. */
  readonly glued: boolean;
}

export function refuseTemplate(reason: string, source: string): SlipwayError {
  return new SlipwayError('PAYLOAD_TEMPLATE_INVALID', `the Go template can not be read: ${reason}.`, {
    place: { field: source.length > 200 ? `${source.slice(0, 200)}…` : source },
    hint: "For example: template='{{.metadata.version}}'",
  });
}

/** As text/template has it: with a base, with underscores, with an exponent. */
const NUMBER =
  /^[-+]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][-+]?[\d_]+)?|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?[\d_]+)?)/;

const WORDS: readonly (readonly [Word['type'], RegExp])[] = [
  ['string', /^"(?:\\.|[^"\\\n])*"|^`[^`]*`/],
  ['character', /^'(?:\\.|[^'\\\n])+'/],
  ['number', NUMBER],
  ['variable', /^\$[\p{L}\p{Nd}_]*(?:\.[\p{L}\p{Nd}_]+)*/u],
  ['field', /^(?:\.[\p{L}\p{Nd}_]+)+|^\./u],
  ['mark', /^(?::=|=|\||\(|\)|,)/],
  ['name', /^[\p{L}_][\p{L}\p{Nd}_]*/u],
];

/** Whether nothing stands between two words that need something: `.a"b"`; of parentheses and signs none do. */
function isRunTogether(word: Word, previous: Word | undefined): boolean {
  if (previous === undefined || !word.glued || previous.type === 'mark') return false;
  return word.type !== 'mark' || word.text === '(';
}

function wordsOf(source: string): readonly Word[] {
  const words: Word[] = [];
  for (let rest = source.trim(); rest !== ''; ) {
    const blanks = rest.length;
    rest = rest.trimStart();
    const glued = blanks === rest.length;
    const found = WORDS.flatMap(([type, pattern]) => {
      const [text] = pattern.exec(rest) ?? [];
      return text === undefined ? [] : [{ type, text, glued }];
    })[0];
    if (found === undefined || isRunTogether(found, words.at(-1)))
      throw refuseTemplate(`"${rest.slice(0, 20)}" is not understood`, source);
    words.push(found);
    rest = rest.slice(found.text.length);
  }
  return words;
}

/** Cuts a Go template into text and actions; `{{-` and `-}}` take the blanks beside them, comments vanish. */
export function lexTemplate(template: string): readonly Token[] {
  const tokens: Token[] = [];
  let rest = template;
  let trim = false;
  for (;;) {
    const start = rest.indexOf('{{');
    let text = start === -1 ? rest : rest.slice(0, start);
    if (trim) text = text.trimStart();
    if (start === -1) {
      if (text !== '') tokens.push({ type: 'text', text });
      return tokens;
    }
    const match = /^\{\{(- )?((?:"(?:\\.|[^"\\\n])*"|`[^`]*`|\/\*[\s\S]*?\*\/|(?!\}\})[\s\S])*?)( -)?\}\}/.exec(
      rest.slice(start),
    );
    if (match === null) throw refuseTemplate('an action is not closed', rest.slice(start));
    if (match[1] !== undefined) text = text.trimEnd();
    if (text !== '') tokens.push({ type: 'text', text });
    const source = (match[2] ?? '').trim();
    if (!/^\/\*[\s\S]*\*\/$/.test(source)) tokens.push({ type: 'action', words: wordsOf(source), source });
    trim = match[3] !== undefined;
    rest = rest.slice(start + match[0].length);
  }
}
