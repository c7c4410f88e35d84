import { Command } from 'commander';
import { attestVerb } from './attestations/attest.ts';
import { attestationKeyVerb } from './attestations/attestation-key.ts';
import { verifyAttestationVerb } from './attestations/verify-attestation.ts';
import { cacheVerb } from './cache.ts';
import { catalogueVerb } from './catalogue.ts';
import { diffVerb } from './diff.ts';
import { explainVerb } from './explain.ts';
import { imageVerb } from './image.ts';
import { layoutVerb } from './layout.ts';
import { payloadVerb } from './payload.ts';
import { policyVerb } from './policy.ts';
import { rejudgeVerb } from './rejudge.ts';
import { rpmdbVerb } from './rpmdb.ts';

/** One file a verb; each loads what it uses when it runs. */
const VERBS: readonly (() => Command)[] = [
  imageVerb,
  payloadVerb,
  layoutVerb,
  rpmdbVerb,
  catalogueVerb,
  explainVerb,
  diffVerb,
  policyVerb,
  rejudgeVerb,
  attestVerb,
  verifyAttestationVerb,
  attestationKeyVerb,
  cacheVerb,
];

export function auditCommand(): Command {
  const audit = new Command('audit').description('What is in images, who built and signed it, and where it came in.');
  for (const verb of VERBS) audit.addCommand(verb());
  return audit;
}
