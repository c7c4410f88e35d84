import { type Cursor, isBlank, isBreak, isBreakOrEnd, isDigit, isSpaceOrEnd, isWord } from './cursor.ts';

/** What may stand in a tag beside letters and digits. */
const URI = new Set([...";/?:@&=+$,.!~*'()[]%"].map((char) => char.charCodeAt(0)));
/** What may stand right behind the name of an anchor, beside white space. */
const BEHIND_ANCHOR = new Set([...'?:,]}%@`'].map((char) => char.charCodeAt(0)));

/** The name behind `&` or `*`. */
export function anchorName(cursor: Cursor): string {
  cursor.skip();
  const name = cursor.take(isWord);
  if (name === '' || !(isSpaceOrEnd(cursor.code()) || BEHIND_ANCHOR.has(cursor.code())))
    throw cursor.refuse('the name of an anchor or alias has only letters, digits, _ and -');
  return name;
}

/** `%41` as the character; what is no UTF-8 is no tag. */
function unescaped(cursor: Cursor, uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    throw cursor.refuse(`${uri} is no tag: its escapes are no UTF-8`);
  }
}

function tagUri(cursor: Cursor, head: string): string {
  const uri = head.slice(1) + cursor.take((code) => isWord(code) || URI.has(code));
  if (uri === '' && head === '') throw cursor.refuse('a tag has no name');
  return uri.includes('%') ? unescaped(cursor, uri) : uri;
}

/** `!`, `!name` or `!name!`. */
function tagHandle(cursor: Cursor): string {
  if (!cursor.starts('!')) throw cursor.refuse('the handle of a tag begins with !');
  cursor.skip();
  const name = `!${cursor.take(isWord)}`;
  if (!cursor.starts('!')) return name;
  cursor.skip();
  return `${name}!`;
}

export interface Tag {
  /** Empty for a tag that is written out. */
  readonly handle: string;
  readonly suffix: string;
}

export function tag(cursor: Cursor): Tag {
  const found = ((): Tag => {
    if (cursor.starts('!<')) {
      cursor.skip(2);
      const suffix = tagUri(cursor, '');
      if (!cursor.starts('>')) throw cursor.refuse('a tag that begins with !< ends with >');
      cursor.skip();
      return { handle: '', suffix };
    }
    const handle = tagHandle(cursor);
    if (handle.length > 1 && handle.endsWith('!')) return { handle, suffix: tagUri(cursor, '') };
    const suffix = tagUri(cursor, handle);
    return suffix === '' ? { handle: '', suffix: '!' } : { handle: '!', suffix };
  })();
  if (!isSpaceOrEnd(cursor.code())) throw cursor.refuse('a tag ends with a blank or its line');
  return found;
}

export type Directive =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'tag'; readonly handle: string; readonly prefix: string };

function versionNumber(cursor: Cursor): number {
  const digits = cursor.take(isDigit);
  if (digits === '' || digits.length > 2) throw cursor.refuse('%YAML wants a version such as 1.1 behind it');
  return Number(digits);
}

function directiveOf(cursor: Cursor, name: string): Directive {
  if (name === 'YAML') {
    cursor.take(isBlank);
    const major = versionNumber(cursor);
    if (!cursor.starts('.')) throw cursor.refuse('%YAML wants a version such as 1.1 behind it');
    cursor.skip();
    return { kind: 'version', version: `${major}.${versionNumber(cursor)}` };
  }
  if (name !== 'TAG') throw cursor.refuse(`%${name} is no directive of YAML 1.1`);
  cursor.take(isBlank);
  const handle = tagHandle(cursor);
  if ((handle !== '!' && !handle.endsWith('!')) || !isBlank(cursor.code()))
    throw cursor.refuse('%TAG wants a handle such as !e! behind it');
  cursor.take(isBlank);
  return { kind: 'tag', handle, prefix: tagUri(cursor, '') };
}

const LINE_ENDS = 'behind a directive stands nothing but a comment';

/** A line that begins with `%`. */
export function directive(cursor: Cursor): Directive {
  cursor.skip();
  const name = cursor.take(isWord);
  if (name === '' || !isSpaceOrEnd(cursor.code())) throw cursor.refuse('the name of a directive has only letters');
  const found = directiveOf(cursor, name);
  if (found.kind === 'tag' && !isSpaceOrEnd(cursor.code())) throw cursor.refuse(LINE_ENDS);
  cursor.take(isBlank);
  cursor.skipComment();
  if (!isBreakOrEnd(cursor.code())) throw cursor.refuse(LINE_ENDS);
  if (isBreak(cursor.code())) cursor.takeBreak();
  return found;
}
