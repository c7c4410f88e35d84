import type { LintRule } from '../../types.ts';
import { IMAGES } from './images.ts';
import { UNREAD } from './unread.ts';

/** What the images of the components are (I), and what in their folders of manifests is none (P013, I108). */
export const IMAGE_RULES: readonly LintRule[] = [...IMAGES, ...UNREAD];
