/** `1 image`, `2 images`, `0 images`. */
export function plural(count: number, word: string, words = `${word}s`): string {
  return `${count} ${count === 1 ? word : words}`;
}

/** Control characters but the tab, and what turns the direction of writing: they move the cursor, colour or hide text. */
const UNPRINTABLE = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** One line of text from elsewhere as a terminal may show it: what does not print is written as `\u001b`. */
export function printable(line: string): string {
  return line.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
