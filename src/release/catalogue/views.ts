import type { listGates, listJobRuns, listSteps, readLedger } from '../../db/index.ts';
import type { Json } from '../../util/index.ts';
import type { JobRun } from '../../verify/index.ts';
import { STEP_TITLES, type StepName, type StepStatus } from '../decide/index.ts';
import type { parseLintFindings } from '../kept/index.ts';

type Stored<List extends (...args: never[]) => Promise<readonly unknown[]>> = Awaited<ReturnType<List>>[number];

/** A step as pages show it; one that has not begun waits. */
export function stepView(step: StepName, steps: readonly Stored<typeof listSteps>[]) {
  const record = steps.find((candidate) => candidate.step === step);
  const state: StepStatus = record?.state ?? 'waiting';
  return {
    name: step,
    title: STEP_TITLES[step],
    state,
    startedAt: record?.startedAt?.toISOString() ?? null,
    seconds: record?.startedAt ? secondsBetween(record.startedAt, record.finishedAt) : null,
    detail: record?.detail ?? null,
  };
}

export function gateView({ gate, blocking, passed, reason, evidence }: Stored<typeof listGates>) {
  return { gate, blocking, passed, reason, evidence: [...evidence] };
}

export function lintViews(findings: ReturnType<typeof parseLintFindings>) {
  return findings.map(({ rule, severity, message, place, waiver }) => {
    const text = Object.values(place).join(': ');
    const shown = { rule, place: text === '' ? null : text };
    if (waiver === undefined) return { ...shown, severity, message };
    const { reason, owner, expires } = waiver;
    return {
      ...shown,
      severity: 'info' as const,
      message: `${message} Waived by ${owner} until ${expires}: ${reason}`,
    };
  });
}

/** An attempt of a job; `kept` is what it left once it was over. */
export function jobRunView(run: Stored<typeof listJobRuns>, kept: JobRun | undefined) {
  const summary = kept?.summary;
  return {
    job: run.job,
    attempt: run.attempt,
    blocking: run.blocking,
    state: run.state,
    seconds: secondsBetween(run.startedAt, run.finishedAt),
    tests: summary?.tests ?? 0,
    failures: summary?.failures ?? 0,
    skipped: summary?.skipped ?? 0,
    failed: (summary?.failed ?? []).map(({ name, message }) => ({ name, message })),
  };
}

export function ledgerView(entry: Stored<typeof readLedger>) {
  return {
    sequence: entry.sequence,
    at: entry.at.toISOString(),
    kind: entry.kind,
    actor: entry.actor,
    summary: ledgerSummary(entry.payload),
    digest: entry.hash,
  };
}

function ledgerSummary(payload: Json): string {
  if (typeof payload !== 'object' || payload === null) return '';
  const { step, detail, reason, pullSpec, from, stream }: Readonly<Record<string, unknown>> = { ...payload };
  return [step, detail ?? reason ?? pullSpec ?? from ?? stream].filter((part) => typeof part === 'string').join(': ');
}

const secondsBetween = (from: Date, to: Date | null): number | null =>
  to === null ? null : (to.getTime() - from.getTime()) / 1000;
