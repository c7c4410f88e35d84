/** What may stand behind an image that is replaced; RE2's `\s`, quotes, or nothing. */
const AFTER = /^[\t\n\f\r "']?$/;

/** A place of a text in which no image is replaced. */
export interface Gap {
  readonly index: number;
  /** `stands before ","…` */
  readonly why: string;
}

/** Whether one of some texts ends at an index of a text. */
export type EndsAt = (text: string, index: number) => boolean;

/** Of texts of few lengths, such as pull specs: how many they are does not matter. */
export function endingIn(known: ReadonlySet<string>): EndsAt {
  const lengths = [...new Set([...known].map(({ length }) => length))];
  return (text, index) => lengths.some((length) => length <= index && known.has(text.slice(index - length, index)));
}

/**
 * Where and why an assembly leaves an image in a text as it is, although an operator's `image-references` may name it: it takes the
 * character behind each image that it replaces, which must be a blank, a quote or the end of the file, and looks for
 * the next from there on (payload format § 1.9, b and c). `text` is what the assembly wrote; `endsKnown` says whether a
 * component's pull spec ends at an index of it (`endingIn`). `undefined` where each place of the image would have been replaced.
 */
export function gapOf(text: string, image: string, endsKnown: EndsAt): Gap | undefined {
  for (let index = text.indexOf(image); index !== -1; index = text.indexOf(image, index + 1)) {
    const after = text.charAt(index + image.length);
    const before = text.charAt(index - 1);
    // A part of a longer name is not it.
    if (/[\w.:@-]/.test(before) || /[\w:/@-]/.test(after)) continue;
    if (!AFTER.test(after))
      return {
        index,
        why: `stands before "${after}", and only an image before a blank, a quote or the end is replaced`,
      };
    if (before !== '' && AFTER.test(before) && endsKnown(text, index - 1))
      return {
        index,
        why: 'stands one character behind another image, and the next is looked for behind that character',
      };
  }
  return undefined;
}
