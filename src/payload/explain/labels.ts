/** Kinds whose initials are how people call them. */
const INITIALS: ReadonlyMap<string, string> = new Map([
  ['customresourcedefinition', 'CRD'],
  ['securitycontextconstraints', 'SCC'],
  ['poddisruptionbudget', 'PDB'],
  ['persistentvolumeclaim', 'PVC'],
]);

/** Of the room that a name has, the share of its start: names of one operator begin alike, those of one group end alike. */
const SHARE = 0.6;

/** The first `start` characters and as many of the last as there is room for. */
function cut(text: string, length: number, start: number): string {
  const chars = [...text];
  if (chars.length <= length) return text;
  return `${chars.slice(0, start).join('')}…${chars.slice(chars.length - (length - 1 - start)).join('')}`;
}

/** Where a text may be cut: at the usual place, then ever further from it. */
function cuts(length: number): readonly number[] {
  const usual = Math.round(length * SHARE);
  return Array.from({ length }, (_, start) => start).sort((a, b) => Math.abs(a - usual) - Math.abs(b - usual));
}

function shortKind(text: string): string {
  return text.replace(
    /^(delete )?(\S+)(?= )/,
    (_, deleted: string | undefined, kind: string) => `${deleted ?? ''}${INITIALS.get(kind.toLowerCase()) ?? kind}`,
  );
}

/** One text, cut in its middle when it is too long. */
export function shortened(text: string, length: number): string {
  return cut(text, length, Math.round(length * SHARE));
}

/**
 * How objects are written that stand together: in at most `length` characters, too long ones without their middle. Those
 * that would look alike are cut elsewhere, so that different objects have different labels wherever that is possible.
 */
export function labelsOf(objects: readonly string[], length: number): ReadonlyMap<string, string> {
  const texts = new Map(objects.map((object) => [object, shortKind(object)]));
  const labels = new Map([...texts].map(([object, text]) => [object, shortened(text, length)]));
  for (const [label, alike] of Map.groupBy(texts.keys(), (object) => labels.get(object) ?? object)) {
    if (alike.length === 1) continue;
    const others = new Set([...labels.values()].filter((other) => other !== label));
    const at = (start: number): string[] => alike.map((object) => cut(texts.get(object) ?? object, length, start));
    const better = cuts(length).find((start) => {
      const made = at(start);
      return new Set(made).size === alike.length && !made.some((shown) => others.has(shown));
    });
    if (better !== undefined) for (const [index, shown] of at(better).entries()) labels.set(alike[index] ?? '', shown);
  }
  return labels;
}
