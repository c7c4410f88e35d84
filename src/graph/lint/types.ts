import type { CompiledGraph, GraphData, GraphRelease } from '../types.ts';

export interface LintContext {
  readonly data: GraphData;
  readonly releases: readonly GraphRelease[];
  readonly compiled: CompiledGraph;
}

export interface LintFinding {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line?: number;
  readonly field?: string;
  readonly message: string;
}

/** One thing to look for. */
export interface LintRule {
  readonly id: string;
  /** What is looked for, and which bug of whom it comes from (update-graph § B, § 2.8). */
  readonly title: string;
  readonly severity: LintFinding['severity'];
  readonly check: (context: LintContext) => Iterable<Omit<LintFinding, 'rule' | 'severity'>>;
}
