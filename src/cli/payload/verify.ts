import { Command } from 'commander';
import type { Verdict } from '../../sign/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { printable } from '../../util/text.ts';
import { readInput } from '../input.ts';
import { type Format, formatOption, note, print } from '../output.ts';
import { type ClusterFlags, clusterOptions, describedCluster } from './inputs/cluster.ts';
import { type PayloadFlags, payloadOpener, pulledOf } from './inputs/open.ts';
import { registryOptions, several, sourceOption } from './inputs/options.ts';
import { trustOf } from './inputs/trust.ts';
import { namedJudge, namedPolicies, namedStores } from './inputs/verify-inputs.ts';
import { attachmentEvidence } from './outputs/attachment.ts';

interface VerifyFlags extends PayloadFlags, ClusterFlags {
  readonly by?: string;
  readonly key?: string;
  readonly store?: readonly string[];
  readonly lookaside?: readonly string[];
  readonly cosignKey?: readonly string[];
  readonly imagePolicy?: readonly string[];
  readonly format: Format;
}

function describe(
  { consumer, asked, judged, accepted, reasons, warnings = [] }: Verdict,
  names: Readonly<Record<string, string>>,
): string {
  const verdict = !asked ? 'not asked' : !judged ? 'can not be judged' : accepted ? 'accepts it' : 'refuses it';
  const said = [...reasons, ...warnings.map((warning) => `warning: ${warning}`)];
  return `  ${(names[consumer] ?? consumer).padEnd(38)} ${verdict}${said.length === 0 ? '' : `: ${said.join('; ')}`}`;
}

/** 1 when one that was asked refuses; else 2 when one could not be judged. */
function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 | 2 {
  const asked = verdicts.filter((verdict) => verdict.asked);
  if (asked.some(({ judged, accepted }) => judged && !accepted)) return 1;
  return asked.some(({ judged }) => !judged) ? 2 : 0;
}

/** Milliseconds after which somebody who waits is told for what. */
const SILENCE = 5_000;

async function tellingOfWait<T>(work: () => Promise<T>): Promise<T> {
  const telling = setTimeout(
    () => note('info: Waiting for signature stores to answer; clusters wait two minutes, and so does this.'),
    SILENCE,
  );
  try {
    return await work();
  } finally {
    clearTimeout(telling);
  }
}

async function verify(text: string, flags: VerifyFlags): Promise<void> {
  const { CONSUMERS, judgeConsumers, loadCosignPublicKey, readLookaside, readStores } = await import(
    '../../sign/index.ts'
  );
  if (flags.key !== undefined && flags.by !== undefined)
    throw new SlipwayError('CLI_USAGE', '--key and --by exclude each other: each says by which keys it is verified.');
  const described = await describedCluster(flags);
  const namedStore = await namedStores(flags.store ?? [], '--store');
  const namedLookaside = flags.lookaside === undefined ? undefined : await namedStores(flags.lookaside, '--lookaside');
  const sigstoreKeys = await Promise.all(
    (flags.cosignKey ?? []).map(async (file) => loadCosignPublicKey(await readInput(file), { file })),
  );
  const open = await payloadOpener(flags);
  const opened = await open(text);
  const { payload, source, signatures } = opened;
  const pulled = pulledOf(opened);
  // What was read, not what the tag names by now.
  const digest = payload.listDigest ?? payload.digest;
  const own = await trustOf(opened, described?.cluster ?? {});
  const { stores, warnings, ...judgedBy } = await namedJudge(open, own, flags);
  const policies = await namedPolicies(own, flags.imagePolicy ?? []);
  const [asked, besides] = await tellingOfWait(() =>
    Promise.all([
      readStores([...stores, ...namedStore], digest),
      namedLookaside === undefined ? undefined : readLookaside(namedLookaside, pulled, digest),
    ]),
  );
  const stored = { ...asked, signatures: [...signatures, ...asked.signatures] };
  const lookaside = besides ?? stored;
  const attachment = await attachmentEvidence(source, digest);
  const verdicts = await judgeConsumers({
    digest,
    reference: pulled,
    at: new Date(),
    stored,
    lookaside,
    ...attachment,
    ...policies,
    sigstoreKeys,
    ...judgedBy,
  });
  const unread = attachment.sigstoreProblem === undefined ? [] : [attachment.sigstoreProblem];
  for (const problem of new Set([...warnings, ...stored.problems, ...lookaside.problems, ...unread]))
    note(`warning: ${problem}`);
  print(flags.format, { digest, reference: pulled, signatures: stored.signatures.length, verdicts }, () =>
    [`${pulled} is ${digest}`, ...verdicts.map((verdict) => printable(describe(verdict, CONSUMERS)))].join('\n'),
  );
  const code = exitCodeOf(verdicts);
  if (code !== 0) process.exitCode = code;
}

export function verifyVerb(): Command {
  return clusterOptions(sourceOption(registryOptions(new Command('verify'))))
    .description(
      'Says which consumer accepts the signatures of a release and why another does not. Exits 1 when one that was asked refuses, 2 when one can not be judged.',
    )
    .argument('<ref>', 'release image, by the tag or digest that clients pull')
    .option('--by <ref>', 'verify as a cluster that runs this release does (or its update keys, YAML); default: itself')
    .option('--key <file>', 'verify by these OpenPGP keys instead')
    .option(
      '--store <store>',
      'look for signatures here as well: http, https or file address, or a folder, also that of sign --to',
      several,
    )
    .option(
      '--lookaside <store>',
      'lookaside store of podman and skopeo; default: the signatures of the other stores',
      several,
    )
    .option('--cosign-key <file>', 'public keys of sigstore signatures: one of them must have signed', several)
    .option(
      '--image-policy <file>',
      'ClusterImagePolicy or ImagePolicy, besides those in the release; all of the most specific scope must be satisfied',
      several,
    )
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload verify quay.io/okd/scos-release:4.21.0-okd-scos.1 --by quay.io/okd/scos-release:4.21.0-okd-scos.0',
    )
    .action(verify);
}
