import type { ExplainCode } from '../explain/index.ts';
import type { Tone } from './draw.ts';

const GOOD: Tone = { name: 'good', sign: '✓' };
const WARN: Tone = { name: 'warn', sign: '!' };
const BAD: Tone = { name: 'bad', sign: '✗' };
const OFF: Tone = { name: 'off', sign: '–' };

/** How a code is drawn. */
export function toneOf(code: ExplainCode): Tone {
  switch (code) {
    case 'Recommended':
      return GOOD;
    case 'Conditional':
    case 'NotTested':
    case 'TestFlaky':
    case 'TestFailing':
    case 'AuditOverridden':
    case 'GraphDataError':
      return WARN;
    case 'SilentlyBlocked':
    case 'RemovedByLabel':
    case 'Barrier':
    case 'DeadEnd':
    case 'Quarantined':
    case 'PayloadUnsigned':
    case 'ContentAuditFailed':
    case 'PayloadGone':
      return BAD;
    default:
      return OFF;
  }
}
