export type { AllowDenyList, Policy, PolicyException, PolicySigner, Severity } from './policy/schema.ts';
