import type { Place } from '../../util/index.ts';
import { documentsOf, type FieldLines, fieldLines } from '../manifest/index.ts';
import { LINT_RULES } from './rules/index.ts';
import type { LintFacts, LintFinding, LintRule, Problem, ReadFile } from './types.ts';

/** Rules name an object's line and a field: here it becomes the line of the field. One object is looked at at a time. */
class Lines {
  readonly #files: ReadonlyMap<string, ReadFile>;
  #file: { readonly name: string; readonly documentOf: ReturnType<typeof documentsOf> } | undefined;
  #object: { readonly key: string; readonly lines: FieldLines } | undefined;

  constructor({ files }: LintFacts) {
    this.#files = new Map(files.map((file) => [file.file.name, file]));
  }

  #linesAt(name: string, line: number): FieldLines | undefined {
    const read = this.#files.get(name);
    if (read === undefined) return undefined;
    const key = `${name}:${line}`;
    if (this.#file?.name !== name) this.#file = { name, documentOf: documentsOf(read.text) };
    if (this.#object?.key !== key) this.#object = { key, lines: fieldLines(this.#file.documentOf({ line })) };
    return this.#object.lines;
  }

  placed({ place = {}, words }: Problem): Place {
    const { file, line, field } = place;
    if (file === undefined || line === undefined || field === undefined) return place;
    return { ...place, line: this.#linesAt(file, line)?.(field, words) ?? line };
  }
}

/**
 * Judges gathered facts by the rules that would make a Cluster Version Operator refuse the payload, or a cluster break.
 * Pure: same facts, same findings, in the order of rules, files and lines.
 */
export function lintFacts(facts: LintFacts, rules: readonly LintRule[] = LINT_RULES): readonly LintFinding[] {
  const lines = new Lines(facts);
  return rules.flatMap((rule) =>
    [...rule.check(facts)].map((problem) => ({
      rule: rule.id,
      severity: problem.severity,
      message: problem.message,
      place: lines.placed(problem),
    })),
  );
}
