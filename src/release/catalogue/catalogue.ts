import type { AuditReport } from '../../audit/index.ts';
import {
  type Connection,
  getPromotion,
  getRelease,
  listGates,
  listJobRuns,
  listReleases,
  listSignatures,
  listSteps,
  readLedger,
  type ReleaseRecord as StoredRelease,
} from '../../db/index.ts';
import { answerGraph } from '../../graph/index.ts';
import { type CommitSource, loadComponents, loadPayload, type Payload } from '../../payload/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { JobRun } from '../../verify/index.ts';
import type { Tools } from '../context.ts';
import { decide } from '../decide/decide.ts';
import { STEP_TITLES, type StepName, type StepStatus, stepsOf } from '../decide/steps.ts';
import { unknownRelease } from '../errors.ts';
import { gatesOf } from '../steps/outcomes.ts';
import { parseOutput, type StepOutput } from '../store/outputs.ts';
import { auditView } from './audit-view.ts';
import { changelogOf } from './changelog.ts';
import { compileChannels } from './channels.ts';
import type { ComparedSide } from './compare.ts';
import { Comparisons, findRelease, previousOf } from './comparisons.ts';
import { componentVersions, componentViews } from './components.ts';

type StoredSteps = Awaited<ReturnType<typeof listSteps>>;

function kindOf(release: StoredRelease): 'nightly' | 'stable' {
  return release.kind === 'stable' ? 'stable' : 'nightly';
}

/** The output of a step that ended. */
function outputOf<Name extends StepName>(
  steps: StoredSteps,
  step: Name,
  release: string,
): StepOutput<Name> | undefined {
  const stored = steps.find((record) => record.step === step);
  return stored && (stored.state === 'done' || stored.state === 'bad')
    ? parseOutput(step, release, stored.output)
    : undefined;
}

/** A payload of OKD is some megabytes of manifests. */
const KEPT_PAYLOADS = 8;

/** The read side: what is known of streams, releases and channels, as plain data for the API. */
export class Catalogue {
  readonly #db: Connection;
  readonly #tools: Tools;
  /** What releases hold, and what is different between them. */
  readonly comparisons: Comparisons;
  readonly #payloads = new Map<string, Promise<Payload>>();

  /** `commits`: where changelogs have their commits from. */
  constructor(db: Connection, tools: Tools, commits?: CommitSource) {
    this.#db = db;
    this.#tools = tools;
    this.comparisons = new Comparisons({
      releases: () => listReleases(db),
      side: (release) => this.#compared(release),
      commits,
    });
  }

  /** All releases, newest first. */
  async releases() {
    const stored = await listReleases(this.#db);
    return await Promise.all(stored.map((release) => this.#summary(release, stored)));
  }

  /** Throws `RELEASE_UNKNOWN`. */
  async summary(name: string) {
    const stored = await listReleases(this.#db);
    return await this.#summary(findRelease(stored, name), stored);
  }

  async streams() {
    const { definition } = this.#tools;
    return await Promise.all([definition.stable.name, definition.nightly.name].map((name) => this.stream(name)));
  }

  /** Throws `RELEASE_STREAM_UNKNOWN`. */
  async stream(name: string) {
    const { nightly, stable, ...definition } = this.#tools.definition;
    const stream = [nightly, stable].find((candidate) => candidate.name === name);
    if (!stream) throw new SlipwayError('RELEASE_STREAM_UNKNOWN', `there is no stream "${name}".`);
    const releases = (await this.releases()).filter((release) => release.stream === name);
    const isNightly = stream === nightly;
    return {
      name,
      title: stream.title,
      kind: isNightly ? ('nightly' as const) : ('stable' as const),
      message: stream.message ?? definition.message ?? '',
      channel: isNightly ? null : (stable.channels[0] ?? null),
      policy: isNightly ? definition.audit.policy.split('/').slice(-1).join('') : null,
      gates: isNightly ? gatesOf(this.#tools.definition) : [],
      latestAccepted: releases.find((release) => release.phase === 'Accepted')?.name ?? null,
      releases,
    };
  }

  /** Everything that is known of one release. Throws `RELEASE_UNKNOWN`. */
  async release(name: string) {
    const stored = await listReleases(this.#db);
    const release = findRelease(stored, name);
    const summary = await this.#summary(release, stored);
    const steps = await listSteps(this.#db, name);
    // Verdicts belong to the nightly a stable release is made of.
    const judged = release.promotedFrom ?? name;
    const judgedSteps = judged === name ? steps : await listSteps(this.#db, judged);
    const report = await this.#auditReport(judgedSteps, judged);
    const payload = await this.#payload(release);
    const published = outputOf(steps, 'publish', name);
    const lint = outputOf(judgedSteps, 'lint', judged);
    const edges = await this.#edges(name);
    const previous = previousOf(stored, release);
    return {
      ...summary,
      working: this.#working(release, steps, summary.promotedTo),
      steps: stepsOf(kindOf(release)).map((step) => stepView(step, steps)),
      gates: (await listGates(this.#db, judged)).map(({ gate, blocking, passed, reason, evidence }) => ({
        gate,
        blocking,
        passed,
        reason,
        evidence: [...evidence],
      })),
      audit: report === undefined ? null : auditView(report, await this.#previousReport(report)),
      lint: lint === undefined ? [] : lintViews(await this.#tools.evidence.get(lint.report)),
      components: payload === undefined ? [] : await componentViews(payload, this.#tools, report),
      componentVersions: payload === undefined ? [] : componentVersions(payload),
      manifests: payload === undefined ? 0 : payload.files.length,
      verification: await this.#jobRuns(judged),
      changelog:
        payload === undefined
          ? null
          : changelogOf({ payload, report }, previous && (await this.#changelogSide(previous))),
      signatures: await this.#signatures(release),
      downloads: (published?.downloads ?? []).map((download) => ({
        ...download,
        url: `/downloads/${name}/${download.name}`,
      })),
      attestations: (published?.attestations ?? []).map((attestation) => ({
        ...attestation,
        url: `/attestations/${name}/${attestation.name}`,
      })),
      upgradesFrom: edges.filter((edge) => edge.to === name).map((edge) => edge.from),
      upgradesTo: edges.filter((edge) => edge.from === name).map((edge) => edge.to),
      ledger: (await readLedger(this.#db, { subject: name })).map((entry) => ({
        sequence: entry.sequence,
        at: entry.at.toISOString(),
        kind: entry.kind,
        actor: entry.actor,
        summary: ledgerSummary(entry.payload),
        digest: entry.hash,
      })),
    };
  }

  /** How far a release is, without anything that is costly to gather. Throws `RELEASE_UNKNOWN`. */
  async progress(name: string) {
    const release = await getRelease(this.#db, name);
    if (!release) throw unknownRelease(name);
    const steps = await listSteps(this.#db, name);
    const promotedTo = (await getPromotion(this.#db, name))?.name ?? null;
    return {
      name,
      phase: release.phase,
      reason: release.reason,
      promotedTo,
      working: this.#working(release, steps, promotedTo),
      steps: stepsOf(kindOf(release)).map((step) => stepView(step, steps)),
    };
  }

  /** A release as comparisons take it. */
  async #compared(release: StoredRelease): Promise<ComparedSide> {
    const payload = await this.#payload(release);
    if (payload === undefined)
      throw new SlipwayError('RELEASE_PAYLOAD_UNKNOWN', `the release ${release.name} has no payload.`, {
        hint: 'It was not assembled, or not yet.',
      });
    const { definition, repositories } = this.#tools;
    const images = await loadComponents(payload, {
      resolve: () => repositories.stagingContent,
      architecture: definition.architecture,
    });
    return { name: release.name, payload, images, report: await this.#auditReportOf(release) };
  }

  /** Channels with their releases and the updates between them. */
  async channels() {
    const { definition, publicUrl } = this.#tools;
    const compiled = await compileChannels(this.#db, definition, publicUrl);
    const stored = await listReleases(this.#db);
    return await Promise.all(
      compiled.channels.map(async (name) => {
        const answer = answerGraph(compiled, { channel: name, arch: definition.architecture });
        const versions = answer.nodes.map((node) => node.version);
        return {
          name,
          architectures: [definition.architecture],
          nodes: await Promise.all(
            answer.nodes.map(async ({ version, payload }) => {
              const release = findRelease(stored, version);
              return {
                version,
                payload,
                digest: payload.split('@')[1] ?? '',
                phase: release.phase,
                signed: (await this.#signatureRecords(release)).length > 0,
              };
            }),
          ),
          edges: [
            ...answer.edges.map(([from, to]) => ({
              from: versions[from] ?? '',
              to: versions[to] ?? '',
              conditional: false,
              risks: [],
            })),
            ...answer.conditionalEdges.flatMap(({ edges, risks }) =>
              edges.map((edge) => ({
                ...edge,
                conditional: true,
                risks: risks.map((risk) => ({ name: risk.name, message: risk.message, url: risk.url })),
              })),
            ),
          ],
        };
      }),
    );
  }

  /** The compiled graph that `/graph` answers from. */
  async graph() {
    return await compileChannels(this.#db, this.#tools.definition, this.#tools.publicUrl);
  }

  /** Whether `decide` names an action: what the engine will do next, it has not done yet. */
  #working(release: StoredRelease, steps: StoredSteps, promotedTo: string | null): boolean {
    const states = Object.fromEntries(steps.map(({ step, state }) => [step, state]));
    const facts = {
      name: release.name,
      kind: kindOf(release),
      phase: release.phase,
      steps: states,
      promotedTo: promotedTo ?? undefined,
    };
    return decide(facts, this.#tools.definition.stable).type !== 'none';
  }

  async #summary(release: StoredRelease, all: readonly StoredRelease[]) {
    const stable = kindOf(release) === 'stable';
    return {
      name: release.name,
      stream: release.stream,
      kind: release.kind,
      phase: release.phase,
      createdAt: release.createdAt.toISOString(),
      digest: release.payloadDigest,
      pullSpec: release.payloadRef,
      promotedFrom: release.promotedFrom,
      promotedTo: all.find((other) => other.promotedFrom === release.name)?.name ?? null,
      signed: (await this.#signatureRecords(release)).length > 0,
      published: release.payloadRef !== null,
      channels: stable && release.payloadRef !== null ? [...this.#tools.definition.stable.channels] : [],
      reason: release.reason,
    };
  }

  async #signatureRecords(release: StoredRelease) {
    return release.payloadDigest === null ? [] : await listSignatures(this.#db, release.payloadDigest);
  }

  async #signatures(release: StoredRelease) {
    return (await this.#signatureRecords(release)).map(({ n, digest, keyFingerprint, reference }) => ({
      keyId: keyFingerprint.slice(-16),
      fingerprint: keyFingerprint,
      reference,
      url: `/signatures/${digest.replace(':', '=')}/signature-${n}`,
    }));
  }

  async #auditReport(steps: StoredSteps, release: string): Promise<AuditReport | undefined> {
    const audit = outputOf(steps, 'audit', release);
    return audit && ((await this.#tools.evidence.get(audit.report)) as AuditReport);
  }

  /** The report that base images were compared with: of the last accepted release. */
  async #previousReport({ previous }: AuditReport): Promise<unknown> {
    if (previous === null) return undefined;
    const audit = outputOf(await listSteps(this.#db, previous), 'audit', previous);
    return audit && (await this.#tools.evidence.get(audit.report));
  }

  async #changelogSide(release: StoredRelease) {
    const payload = await this.#payload(release);
    return payload && { name: release.name, payload, report: await this.#auditReportOf(release) };
  }

  async #auditReportOf(release: StoredRelease): Promise<AuditReport | undefined> {
    const judged = release.promotedFrom ?? release.name;
    return await this.#auditReport(await listSteps(this.#db, judged), judged);
  }

  /** The payload of a release. Throws `RELEASE_UNKNOWN`, `RELEASE_PAYLOAD_NOT_FOUND` while it is not assembled. */
  async payload(name: string): Promise<Payload> {
    const payload = await this.#payload(findRelease(await listReleases(this.#db), name));
    if (payload !== undefined) return payload;
    throw new SlipwayError('RELEASE_PAYLOAD_NOT_FOUND', `the release "${name}" has no payload yet.`, {
      hint: 'It is there once the step "assemble" is done.',
    });
  }

  /** Payloads never change under their digest, so those asked for last are kept; one that can't be read is tried anew. */
  async #payload(release: StoredRelease): Promise<Payload | undefined> {
    const { payloadDigest: digest } = release;
    if (digest === null) return undefined;
    const { stagingRelease, releaseName } = this.#tools.repositories;
    const known = this.#payloads.get(digest) ?? loadPayload(stagingRelease, digest, { name: releaseName });
    known.catch(() => this.#payloads.delete(digest));
    this.#payloads.delete(digest);
    this.#payloads.set(digest, known);
    const [oldest] = this.#payloads.keys();
    if (oldest !== undefined && this.#payloads.size > KEPT_PAYLOADS) this.#payloads.delete(oldest);
    return await known;
  }

  async #edges(name: string): Promise<{ from: string; to: string }[]> {
    return (await this.channels())
      .flatMap((channel) => channel.edges)
      .filter(({ from, to }) => from === name || to === name);
  }

  async #jobRuns(release: string) {
    const runs = await listJobRuns(this.#db, release);
    return await Promise.all(
      runs.map(async (run) => {
        const summary =
          run.summary === null ? undefined : ((await this.#tools.evidence.get(String(run.summary))) as JobRun).summary;
        return {
          job: run.job,
          attempt: run.attempt,
          blocking: run.blocking,
          state: run.state,
          seconds: run.finishedAt === null ? null : (run.finishedAt.getTime() - run.startedAt.getTime()) / 1000,
          tests: summary?.tests ?? 0,
          failures: summary?.failures ?? 0,
          skipped: summary?.skipped ?? 0,
          failed: (summary?.failed ?? []).map(({ name, message }) => ({ name, message })),
        };
      }),
    );
  }
}

function stepView(step: StepName, steps: StoredSteps) {
  const record = steps.find((candidate) => candidate.step === step);
  const state: StepStatus = record?.state ?? 'waiting';
  const seconds =
    record?.startedAt && record.finishedAt ? (record.finishedAt.getTime() - record.startedAt.getTime()) / 1000 : null;
  return {
    name: step,
    title: STEP_TITLES[step],
    state,
    startedAt: record?.startedAt?.toISOString() ?? null,
    seconds,
    detail: record?.detail ?? null,
  };
}

function lintViews(value: unknown) {
  const findings = value as readonly {
    readonly rule: string;
    readonly severity: 'error' | 'warning' | 'info';
    readonly message: string;
    readonly place?: unknown;
  }[];
  return findings.map(({ rule, severity, message, place }) => ({ rule, severity, message, place: placeText(place) }));
}

function placeText(place: unknown): string | null {
  if (typeof place === 'string') return place;
  if (typeof place !== 'object' || place === null) return null;
  const text = Object.values(place).join(': ');
  return text === '' ? null : text;
}

function ledgerSummary(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return '';
  const { step, detail, reason, pullSpec, from, stream } = payload as Readonly<Record<string, unknown>>;
  return [step, detail ?? reason ?? pullSpec ?? from ?? stream].filter((part) => typeof part === 'string').join(': ');
}
