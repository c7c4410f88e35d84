import type { LintRule } from '../../types.ts';
import { CHANGES } from './changes.ts';
import { IMAGE_POLICIES } from './image-policies.ts';
import { NAMING } from './naming.ts';
import { STRUCTURE } from './structure.ts';
import { TRUST } from './trust.ts';

/** What the release is as a whole: its form and its name (P), what the next one is verified by (T), what it changes (D). */
export const RELEASE_RULES: readonly LintRule[] = [...STRUCTURE, ...NAMING, ...TRUST, ...IMAGE_POLICIES, ...CHANGES];
