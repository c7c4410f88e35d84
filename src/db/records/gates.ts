import type { Connection } from '../database/index.ts';
import { jsonText } from '../json.ts';

export interface GateRecord {
  readonly release: string;
  readonly gate: string;
  readonly blocking: boolean;
  /** `null`: not run. */
  readonly passed: boolean | null;
  readonly reason: string;
  /** Digests and run ids that the outcome rests on. */
  readonly evidence: readonly string[];
  readonly decidedAt: Date;
}

/** Stores the outcome of a gate, or its new outcome. */
export async function putGate(db: Connection, gate: GateRecord): Promise<void> {
  const outcome = {
    blocking: gate.blocking,
    passed: gate.passed,
    reason: gate.reason,
    evidence: jsonText(gate.evidence),
    decided_at: gate.decidedAt,
  };
  await db
    .insertInto('gates')
    .values({ release: gate.release, gate: gate.gate, ...outcome })
    .onConflict((conflict) => conflict.columns(['release', 'gate']).doUpdateSet(outcome))
    .execute();
}

/** All gate outcomes of a release, by name. */
export async function listGates(db: Connection, release: string): Promise<GateRecord[]> {
  const rows = await db.selectFrom('gates').selectAll().where('release', '=', release).orderBy('gate').execute();
  return rows.map((row) => ({
    release: row.release,
    gate: row.gate,
    blocking: row.blocking,
    passed: row.passed,
    reason: row.reason,
    evidence: row.evidence,
    decidedAt: row.decided_at,
  }));
}

/** How one gate came out for every release that has it; `null`: it did not run. */
export async function listOutcomes(db: Connection, gate: string): Promise<Map<string, boolean | null>> {
  const rows = await db.selectFrom('gates').select(['release', 'passed']).where('gate', '=', gate).execute();
  return new Map(rows.map(({ release, passed }) => [release, passed]));
}
