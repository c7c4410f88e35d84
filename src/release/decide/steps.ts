/** What a release goes through, in order. Each kind of release has its own list; a step's code is in `steps/`. */
export const NIGHTLY_STEPS = ['import', 'audit', 'assemble', 'lint', 'verify', 'judge', 'publish'] as const;
export const STABLE_STEPS = ['promote', 'sign', 'publish'] as const;

export type StepName = (typeof NIGHTLY_STEPS)[number] | (typeof STABLE_STEPS)[number];

export const STEP_TITLES: Readonly<Record<StepName, string>> = {
  import: 'Import component images',
  audit: 'Audit every package',
  assemble: 'Assemble the payload',
  lint: 'Lint as a cluster would',
  verify: 'Run end-to-end jobs',
  judge: 'Accept or reject',
  promote: 'Promote the nightly',
  sign: 'Sign the payload',
  publish: 'Publish',
};

export type Phase = 'Pending' | 'Ready' | 'Accepted' | 'Rejected' | 'Failed';
export type StepStatus = 'waiting' | 'running' | 'done' | 'bad' | 'skipped';
export type ReleaseKind = 'nightly' | 'stable';

export function stepsOf(kind: ReleaseKind): readonly StepName[] {
  return kind === 'nightly' ? NIGHTLY_STEPS : STABLE_STEPS;
}
