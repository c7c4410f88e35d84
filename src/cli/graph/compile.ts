import { Command } from 'commander';
import { SlipwayError } from '../../util/errors.ts';
import { type Format, formatOption, print } from '../output.ts';
import { indexKeys, type KeyFlags, withKeys } from './keys.ts';
import { type GraphFlags, requiredFiles, timeOf, withGraphFiles } from './sources.ts';

interface CompileFlags extends GraphFlags, KeyFlags {
  readonly to: string;
  readonly explain: boolean;
  readonly serial?: string;
  readonly expires: string;
  readonly imageBase?: string;
  readonly allowRemoval?: boolean;
  readonly format: Format;
}

async function compile(flags: CompileFlags): Promise<void> {
  const graph = await import('../../graph/index.ts');
  const files = requiredFiles(flags);
  const at = timeOf(flags.at);
  const inputs = await graph.readInputs(files, { strict: flags.keepGoing !== true });
  const compiled = graph.compileGraph(inputs.data, inputs.releases, { evidence: inputs.evidence, at });
  const before = await graph.published(flags.to);
  const serial = flags.serial === undefined ? (before.index?.serial ?? 0) + 1 : Number(flags.serial);
  if (!Number.isInteger(serial) || serial < 1)
    throw new SlipwayError('CLI_USAGE', '--serial wants a whole number above 0.');
  if (serial <= (before.index?.serial ?? 0))
    throw new SlipwayError('CLI_USAGE', `the serial must be above ${before.index?.serial}, which is published.`);
  const base = flags.imageBase === undefined ? undefined : await openBase(flags.imageBase);
  const site = await graph.compileSite(inputs, compiled, {
    serial,
    created: at.toISOString(),
    expires: new Date(at.getTime() + durationOf(flags.expires, graph.durationMs)).toISOString(),
    commit: await graph.headCommit(files.graphData),
    explain: flags.explain,
    ...(flags.allowRemoval === true ? {} : { before: before.nodes }),
    ...(base === undefined ? {} : { imageBase: graph.imageBase(base.image) }),
  });
  const signatures = await graph.signIndex(site.index, await indexKeys(flags), at);
  if (base !== undefined) await graph.copyBaseLayers(base.source, base.image, flags.to);
  const written = await graph.writeSite(flags.to, site, signatures, before.index);
  const quarantined = compiled.problems.filter(({ severity }) => severity === 'error');
  if (quarantined.length > 0) process.exitCode = 1;
  const summary = {
    serial,
    channels: compiled.channels.length,
    architectures: [...compiled.architectures.keys()],
    files: site.files.size,
    written,
    signed: [...signatures.keys()],
    quarantined,
    warnings: site.warnings,
  };
  print(flags.format, summary, () =>
    [
      `${flags.to}: serial ${serial}, ${summary.channels} channels, ${summary.architectures.join(', ')}; ${written} of ${summary.files} files written`,
      signatures.size === 0 ? 'not signed: give --key or --openpgp-key' : `signed: ${summary.signed.join(', ')}`,
      ...quarantined.map(
        ({ file, line, message }) => `quarantined: ${file}${line === undefined ? '' : `:${line}`}: ${message}`,
      ),
      ...(site.warnings.length === 0 ? [] : [`${site.warnings.length} warnings, see report.json`]),
    ].join('\n'),
  );
}

function durationOf(text: string, parse: (text: string) => number): number {
  const milliseconds = parse(text);
  if (milliseconds <= 0) throw new SlipwayError('CLI_USAGE', `--expires wants a duration such as P7D, not "${text}".`);
  return milliseconds;
}

/** The base of the graph-data image: a folder that is an OCI layout, or an image of a registry. */
async function openBase(text: string) {
  const { loadImage, openLayout } = await import('../../oci/index.ts');
  if (text.startsWith('oci:')) {
    const source = await openLayout(text.slice('oci:'.length));
    return { source, image: await loadImage(source, source.images()[0]?.name ?? 'latest') };
  }
  const { namedImage, registryClient } = await import('../registry.ts');
  const { repository, selector } = namedImage(registryClient({}), text);
  return { source: repository, image: await loadImage(repository, selector) };
}

/** `slipway graph compile` */
export function compileCommand(): Command {
  return withKeys(withGraphFiles(new Command('compile')))
    .description(
      'Compiles a graph to files that any static host serves: answers, explanations, drawings, graph-data, a signed index. Exits 1 when something was quarantined.',
    )
    .requiredOption('--to <dir>', 'folder to publish in; what is the same there is not written again')
    .option('--no-explain', 'answers and graph-data only')
    .option('--serial <n>', 'serial of the index (default: one more than that in the folder)')
    .option('--expires <duration>', 'how long the index is good for', 'P7D')
    .option('--image-base <ref>', 'image with bash and cp that the graph-data image is laid on; oci:<dir> for a layout')
    .option('--allow-removal', 'let releases vanish that were published before: clusters on them are stranded')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph compile --graph-data ./graph-data --releases releases.jsonl --evidence evidence.jsonl --to ./public --key graph.pem',
    )
    .action(compile);
}
