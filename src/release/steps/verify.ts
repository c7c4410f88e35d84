import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPayload } from '../../payload/index.ts';
import { makeFolders, SlipwayError } from '../../util/index.ts';
import { type JobDefinition, type JobRun, jobOutcome, runJob, shellRunner } from '../../verify/index.ts';
import type { Step, StepContext } from '../context.ts';
import type { JobConfiguration } from '../definition/index.ts';

function jobDefinition(job: JobConfiguration): JobDefinition {
  return {
    name: job.name,
    title: job.title,
    blocking: job.blocking,
    command: [job.command],
    timeoutSeconds: job.timeoutSeconds,
    maxRetries: job.maxRetries ?? 0,
    env: {},
  };
}

/** Writes the payload's files where jobs can read them without a registry client. */
async function layOut(context: StepContext, digest: string, folder: string): Promise<void> {
  const payload = await loadPayload(context.repositories.stagingRelease, digest);
  await rm(folder, { recursive: true, force: true });
  await makeFolders(join(folder, 'release-manifests'));
  for (const file of payload.files) await writeFile(join(folder, 'release-manifests', file.name), file.bytes);
}

/** What a job is told; the names that OKD's own jobs use are kept. */
function environment(context: StepContext, digest: string, payload: string): Record<string, string> {
  const { url, authorization } = context.endpoint();
  return {
    RELEASE_VERSION: context.release.name,
    RELEASE_IMAGE_LATEST: `${new URL(url).host}/${context.repositories.stagingRelease.name}@${digest}`,
    PAYLOAD_DIR: payload,
    REGISTRY_URL: url,
    REGISTRY_AUTHORIZATION: authorization,
    CONTENT_REPOSITORY: context.repositories.stagingContent.name,
    SLIPWAY: context.program,
    SLIPWAY_NODE: process.execPath,
  };
}

/**
 * Runs the end-to-end jobs against the staged payload, one after the other, and takes in their JUnit. An attempt that
 * an earlier process finished is not run again. `bad` when a blocking job has no passing attempt left.
 */
export const verifyStep: Step<'verify'> = {
  name: 'verify',
  async run(context) {
    const { digest } = await context.output('assemble');
    const root = join(context.paths.jobs, context.release.name);
    const payload = join(root, 'payload');
    await layOut(context, digest, payload);
    const env = environment(context, digest, payload);
    const jobs = [];
    for (const [index, configuration] of context.definition.jobs.entries()) {
      const definition = jobDefinition(configuration);
      context.progress(`${index + 1} of ${context.definition.jobs.length}: ${definition.title}`);
      const run = await decidingRun(context, definition, env, root);
      jobs.push({
        name: definition.name,
        blocking: definition.blocking,
        passed: run.state === 'passed',
        reason: run.reason,
        report: await context.evidence.put(run),
      });
    }
    const failed = jobs.filter((job) => job.blocking && !job.passed);
    const detail =
      failed.length === 0
        ? `${jobs.filter((job) => job.passed).length} of ${jobs.length} jobs passed`
        : `failed: ${failed.map((job) => job.name).join(', ')}`;
    return { state: failed.length === 0 ? 'done' : 'bad', detail, output: { jobs } };
  },
};

/**
 * The attempt that decides a job: the one that passed, else the last. Attempts of earlier processes count; one that
 * was stopped because the engine closes says nothing of the release, so it is not kept and runs again at the next start.
 */
async function decidingRun(
  context: StepContext,
  definition: JobDefinition,
  env: Readonly<Record<string, string>>,
  root: string,
): Promise<JobRun> {
  const runs = [...(await context.jobRuns.finished(definition.name))];
  while (jobOutcome(definition, runs) === 'again') {
    context.signal.throwIfAborted();
    const attempt = runs.length + 1;
    const directory = join(root, definition.name, String(attempt));
    await context.jobRuns.started(definition, attempt, context.clock());
    const run = await runJob(
      definition,
      { attempt, env, directory, signal: context.signal, clock: context.clock },
      shellRunner(),
    );
    if (run.command.aborted) context.signal.throwIfAborted();
    await context.jobRuns.ended(run);
    runs.push(run);
  }
  const deciding = runs.find((run) => run.state === 'passed') ?? runs.at(-1);
  if (deciding === undefined)
    throw new SlipwayError('RELEASE_STATE_INVALID', `the job ${definition.name} has no attempt.`, {
      place: { field: context.release.name },
    });
  return deciding;
}
