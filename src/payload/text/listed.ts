/** Names that a sentence lists; of more it tells the number. */
const MOST = 10;

/** `a, b, c`, or of many `a, b and 38 more`. */
export function listed(names: readonly string[], most = MOST): string {
  const more = names.length - most;
  return `${names.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
