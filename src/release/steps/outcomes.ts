import { plural } from '../../util/index.ts';
import type { StepContext } from '../context.ts';
import { type Gate, type GateOutcome, gatesOf, type StepName, type StepStatus } from '../decide/index.ts';

const notRun = (gate: Gate, why: string): GateOutcome => ({
  gate: gate.name,
  blocking: gate.blocking,
  passed: undefined,
  reason: `Not run: ${why}.`,
  evidence: [],
});

/** How every gate of a nightly came out, from the outputs of its steps. */
export async function collectOutcomes(context: StepContext): Promise<GateOutcome[]> {
  const states = await context.states();
  const ran = (step: StepName): boolean => finished(states[step]);
  const why = ran('audit') && states.audit === 'bad' ? 'the audit refused an image' : 'an earlier step did not finish';
  const audit = ran('audit') ? await context.output('audit') : undefined;
  const lint = ran('lint') ? await context.output('lint') : undefined;
  const verify = ran('verify') ? await context.output('verify') : undefined;
  return gatesOf(context.definition.jobs).map((gate): GateOutcome => {
    if (gate.name === 'audit') {
      if (!audit) return notRun(gate, why);
      return {
        gate: gate.name,
        blocking: gate.blocking,
        passed: audit.verdict === 'pass',
        reason: audit.summary,
        evidence: [audit.report, audit.policy],
      };
    }
    if (gate.name === 'lint') {
      if (!lint) return notRun(gate, why);
      return {
        gate: gate.name,
        blocking: gate.blocking,
        passed: lint.errors === 0,
        reason: `${plural(lint.errors, 'error')}, ${plural(lint.warnings, 'warning')}.`,
        evidence: [lint.report],
      };
    }
    const job = verify?.jobs.find((candidate) => candidate.name === gate.name);
    if (!job) return notRun(gate, why);
    return { gate: gate.name, blocking: gate.blocking, passed: job.passed, reason: job.reason, evidence: [job.report] };
  });
}

function finished(status: StepStatus | undefined): boolean {
  return status === 'done' || status === 'bad';
}
