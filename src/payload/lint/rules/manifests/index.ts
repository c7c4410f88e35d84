import type { LintRule } from '../../types.ts';
import { MANIFESTS } from './manifests.ts';
import { OBJECTS } from './objects.ts';
import { ORDER } from './order.ts';
import { REFERENCES } from './references.ts';
import { WORKLOADS } from './workloads.ts';

/** What the manifests say (M): of themselves, of one another, and of images. */
export const MANIFEST_RULES: readonly LintRule[] = [...MANIFESTS, ...OBJECTS, ...REFERENCES, ...ORDER, ...WORKLOADS];
