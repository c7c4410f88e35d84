import type { LayerOrigin } from '../model/index.ts';

/** One entry of an image configuration's history (OCI image-spec, Image Configuration). */
export interface HistoryEntry {
  readonly created_by?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

const withoutShell = (instruction: string): string =>
  instruction
    .replace(/^\/bin\/sh -c #\(nop\)\s*/u, '')
    .replace(/^\/bin\/sh -c /u, 'RUN ')
    .trim();

/**
 * Which instructions made which layer. A layer belongs to the span of entries after the previous non-empty entry up
 * to its own: buildah without layers (Konflux, OpenShift builds) flags every RUN as empty and hangs the one layer on
 * the last instruction, so the k-th non-empty entry alone would blame ENTRYPOINT (spec audit.md § 4.3).
 *
 * Where the history does not count as many layers as the image has (squashed images), no layer is assigned a span.
 */
export function alignHistory(history: readonly HistoryEntry[], layers: number): LayerOrigin[] {
  const spans: LayerOrigin[] = [];
  let span: string[] = [];
  for (const entry of history) {
    const instruction = withoutShell(entry.created_by ?? '');
    if (instruction !== '') span.push(instruction);
    if (entry.empty_layer !== true) {
      spans.push({ createdBy: instruction, span });
      span = [];
    }
  }
  return spans.length === layers ? spans : Array.from({ length: layers }, () => ({ createdBy: '', span: [] }));
}
