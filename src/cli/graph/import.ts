import { appendFile, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { Imported } from '../../graph/index.ts';
import { SlipwayError, systemCode } from '../../util/errors.ts';
import { makeFolders, writeFileAtomic } from '../../util/files.ts';
import { type Format, formatOption, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { timeOf } from './sources.ts';

interface ImportFlags extends RegistryFlags {
  readonly releaseController?: string;
  readonly archive?: string;
  readonly cincinnati?: string;
  readonly registry?: string;
  readonly arch: string;
  readonly at?: string;
  readonly to: string;
  readonly format: Format;
}

async function imports(flags: ImportFlags): Promise<Imported[]> {
  const graph = await import('../../graph/index.ts');
  const at = timeOf(flags.at).toISOString();
  const options = (source: string) => ({ arch: flags.arch, source, at });
  const found: Imported[] = [];
  const { releaseController, archive, cincinnati, registry } = flags;
  if (releaseController !== undefined)
    found.push(graph.importReleaseController(await graph.readJson(releaseController), options(releaseController)));
  if (archive !== undefined) found.push(graph.importArchive(await graph.readJson(archive), options(archive)));
  if (cincinnati !== undefined)
    found.push(graph.importCincinnati(await graph.readJson(cincinnati), options(cincinnati)));
  if (registry !== undefined) {
    const { namedImage, registryClient } = await import('../registry.ts');
    const { reference, repository } = namedImage(registryClient(flags), registry);
    found.push(await graph.importRegistry(repository, `${reference.registry}/${reference.repository}`));
  }
  if (found.length === 0)
    throw new SlipwayError(
      'CLI_USAGE',
      'say what to import: --release-controller, --archive, --cincinnati or --registry.',
    );
  return found;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

async function run(flags: ImportFlags): Promise<void> {
  const { newEvidence, newReleases, parseEvidence, parseReleases } = await import('../../graph/index.ts');
  const found = await imports(flags);
  const [releasesFile, evidenceFile] = [join(flags.to, 'releases.jsonl'), join(flags.to, 'evidence.jsonl')];
  const [releasesText, evidenceText] = await Promise.all([textOf(releasesFile), textOf(evidenceFile)]);
  const releases = newReleases(
    releasesText === '' ? [] : parseReleases(releasesText, releasesFile),
    found.flatMap((one) => one.releases),
  );
  const evidence = newEvidence(
    parseEvidence(evidenceText, evidenceFile),
    found.flatMap((one) => one.evidence),
  );
  await makeFolders(flags.to);
  for (const [file, { lines }] of [
    [releasesFile, releases],
    [evidenceFile, evidence],
  ] as const)
    if (lines.length > 0) await appendFile(file, lines.map((line) => `${line}\n`).join(''));
  const graphData = found.flatMap((one) => [...one.graphData]);
  for (const [path, text] of graphData) {
    const file = join(flags.to, 'graph-data', path);
    await makeFolders(dirname(file));
    await writeFileAtomic(file, text);
  }
  const notes = [...found.flatMap((one) => one.notes), ...releases.conflicts];
  if (releases.conflicts.length > 0) process.exitCode = 1;
  const summary = {
    releases: releases.lines.length,
    evidence: evidence.lines.length,
    graphData: graphData.length,
    notes,
  };
  print(flags.format, summary, () =>
    [
      `${flags.to}: ${summary.releases} releases and ${summary.evidence} test results are new, ${summary.graphData} files of graph-data`,
      ...notes.map((note) => `! ${note}`),
    ].join('\n'),
  );
}

/** `slipway graph import` */
export function importCommand(): Command {
  return new Command('import')
    .description(
      'Takes over what another service knows: appends to releases.jsonl and evidence.jsonl. Exits 1 on a contradiction.',
    )
    .option('--release-controller <place>', 'its /graph: address or file')
    .option('--archive <place>', 'its /archive/graph: address or file')
    .option('--cincinnati <place>', 'an answer of a Cincinnati service: address or file')
    .option('--registry <repository>', 'a repository of release images, one a tag')
    .option('--arch <arch>', 'architecture of what does not say one', 'amd64')
    .option('--at <time>', 'time of what does not say one (default: now)')
    .requiredOption('--to <dir>', 'folder of the ledgers')
    .option('--insecure', 'allow plain HTTP for --registry')
    .option('-a, --registry-config <file>', 'credentials file')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph import --release-controller https://amd64.origin.releases.ci.openshift.org/graph --to ./ledger',
    )
    .action(run);
}
