import { Command } from 'commander';
import { changelogVerb } from './changelog.ts';
import { diffVerb } from './diff.ts';
import { explainVerb } from './explain.ts';
import { extractVerb } from './extract.ts';
import { infoVerb } from './info.ts';
import { lintVerb } from './lint.ts';
import { mirrorVerb } from './mirror.ts';
import { newVerb } from './new.ts';
import { reproduceVerb } from './reproduce.ts';
import { signVerb } from './sign.ts';
import { verifyVerb } from './verify.ts';

/** One file a verb; each loads what it uses when it runs. */
const VERBS: readonly (() => Command)[] = [
  newVerb,
  reproduceVerb,
  infoVerb,
  diffVerb,
  changelogVerb,
  extractVerb,
  explainVerb,
  mirrorVerb,
  signVerb,
  verifyVerb,
  lintVerb,
];

export function payloadCommand(): Command {
  const payload = new Command('payload').description('Release images: make, read, compare, copy, sign, verify, lint.');
  for (const verb of VERBS) payload.addCommand(verb());
  return payload;
}
