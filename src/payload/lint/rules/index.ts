import type { LintRule } from '../types.ts';
import { IMAGE_RULES } from './images/index.ts';
import { MANIFEST_RULES } from './manifests/index.ts';
import { RELEASE_RULES } from './release/index.ts';

const SUBJECTS = 'PIMTD';

/** Every rule, in the order of its id: P structure, I images, M manifests, T trust, D changes (payload format § 4.4). */
export const LINT_RULES: readonly LintRule[] = [...RELEASE_RULES, ...IMAGE_RULES, ...MANIFEST_RULES].sort(
  (a, b) => SUBJECTS.indexOf(a.id.charAt(0)) - SUBJECTS.indexOf(b.id.charAt(0)) || (a.id < b.id ? -1 : 1),
);
