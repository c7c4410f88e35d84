import type { IconName } from './icons.ts';
import type { Finding, Gate, JobRun, ReleaseSummary, Step } from './types.ts';

/** How a state looks. Colour is never alone: every state has an icon and a word too (WCAG 1.4.1). */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

export interface Look {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

const look = (label: string, tone: Tone, icon: IconName): Look => ({ label, tone, icon });

export const PHASES: Readonly<Record<ReleaseSummary['phase'], Look & { readonly meaning: string }>> = {
  Pending: { ...look('Pending', 'busy', 'running'), meaning: 'Its payload is being made.' },
  Ready: { ...look('Ready', 'busy', 'running'), meaning: 'The payload exists; gates are still open.' },
  Accepted: { ...look('Accepted', 'good', 'check'), meaning: 'Every blocking gate passed.' },
  Rejected: {
    ...look('Rejected', 'bad', 'cross'),
    meaning: 'A blocking gate did not pass. It will not be offered to clusters.',
  },
  Failed: { ...look('Failed', 'bad', 'warning'), meaning: 'The release could not be made, so it could not be judged.' },
};

export const STEP_STATES: Readonly<Record<Step['state'], Look>> = {
  waiting: look('Waiting', 'idle', 'clock'),
  running: look('Running', 'busy', 'running'),
  done: look('Done', 'good', 'check'),
  bad: look('Not passed', 'bad', 'cross'),
  skipped: look('Skipped', 'idle', 'minus'),
};

export const SEVERITIES: Readonly<Record<Finding['severity'] | 'error' | 'warning', Look>> = {
  deny: look('Denied', 'bad', 'cross'),
  error: look('Error', 'bad', 'cross'),
  warn: look('Warning', 'warn', 'warning'),
  warning: look('Warning', 'warn', 'warning'),
  info: look('Note', 'idle', 'info'),
};

export const JOB_STATES: Readonly<Record<JobRun['state'], Look>> = {
  running: look('Running', 'busy', 'running'),
  passed: look('Passed', 'good', 'check'),
  failed: look('Failed', 'bad', 'cross'),
  errored: look('Could not run', 'warn', 'warning'),
};

export const VERDICTS = { pass: look('Pass', 'good', 'check'), fail: look('Fail', 'bad', 'cross') } as const;

/** `settled`: the release has its verdict, so a gate without an outcome will not get one. */
export function gateLook({ passed, blocking }: Pick<Gate, 'passed' | 'blocking'>, settled: boolean): Look {
  if (passed === null) return settled ? look('Not run', 'idle', 'minus') : look('Open', 'idle', 'clock');
  if (passed) return look('Passed', 'good', 'check');
  return blocking ? look('Not passed', 'bad', 'cross') : look('Not passed', 'warn', 'warning');
}
