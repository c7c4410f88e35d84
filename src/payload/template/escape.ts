import { goQuote } from '../text/index.ts';

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** Go's `template.HTMLEscapeString`. */
export function htmlEscape(text: string): string {
  return text.replace(/["'&<>]|\p{Cc}/gu, (char) => HTML[char] ?? char);
}

const upper = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');

/** Go's `template.JSEscapeString`: what could end a text in a script, and what does not print. */
export function jsEscape(text: string): string {
  return text.replace(/["'&<=>\\]|\p{Cc}|\P{ASCII}/gu, (char) => {
    if ('"\'\\'.includes(char)) return `\\${char}`;
    const code = char.codePointAt(0) ?? 0;
    if (code === 0x7f) return char;
    return code < 0x80 || goQuote(char) !== `"${char}"` ? `\\u${upper(code)}` : char;
  });
}

/** Go's `url.QueryEscape`. */
export function queryEscape(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
