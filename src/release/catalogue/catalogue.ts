import {
  type Connection,
  getPromotion,
  getRelease,
  listGates,
  listJobRuns,
  listReleases,
  listSignatures,
  listSigners,
  listSteps,
  readLedger,
  type ReleaseRecord as StoredRelease,
} from '../../db/index.ts';
import type { CompiledGraph } from '../../graph/index.ts';
import type { CommitSource, FileOutline, Payload } from '../../payload/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { Tools } from '../context.ts';
import { decide, gatesOf, promotionRefused, stepsOf } from '../decide/index.ts';
import { unknownRelease } from '../errors.ts';
import { keptRun, outputOf, parseLintFindings } from '../kept/index.ts';
import { promotionsOf } from '../store/index.ts';
import { auditView } from './audit-view.ts';
import { changelogOf } from './changelog.ts';
import { channelView } from './channel-view.ts';
import { channelGraph } from './channels.ts';
import type { ComparedSide } from './compare.ts';
import { Comparisons, findRelease, previousOf } from './comparisons.ts';
import { componentVersions, componentViews } from './components.ts';
import { ReleaseParts } from './parts.ts';
import { Payloads } from './payloads.ts';
import { Reports } from './reports.ts';
import { type Surroundings, summaryOf } from './summary.ts';
import { gateView, jobRunView, ledgerView, lintViews, stepView } from './views.ts';

type StoredSteps = Awaited<ReturnType<typeof listSteps>>;

function kindOf(release: StoredRelease): 'nightly' | 'stable' {
  return release.kind === 'stable' ? 'stable' : 'nightly';
}

/** The read side: what is known of streams, releases and channels, as plain data for the API. */
export class Catalogue {
  readonly #db: Connection;
  readonly #tools: Tools;
  readonly #payloads: Payloads;
  readonly #reports: Reports;
  /** What releases hold, and what is different between them. */
  readonly comparisons: Comparisons;
  /** The compiled graph that `/graph` answers from; the same object while nothing changes. */
  readonly graph: () => Promise<CompiledGraph>;

  /** `commits`: where changelogs have their commits from. */
  constructor(db: Connection, tools: Tools, commits?: CommitSource) {
    this.#db = db;
    this.#tools = tools;
    this.graph = channelGraph(db, tools.definition, tools.publicUrl, tools.clock);
    this.#payloads = new Payloads(tools);
    this.#reports = new Reports(db, tools.evidence);
    this.comparisons = new Comparisons({
      releases: () => listReleases(db),
      side: (release) => this.#compared(release),
      outlines: (payload) => tools.outlines.of(payload),
      commits,
    });
  }

  /** All releases, newest first. However many there are, two queries. */
  async releases() {
    const stored = await listReleases(this.#db);
    const surroundings = await this.#surroundings(stored);
    return stored.map((release) => summaryOf(release, surroundings));
  }

  /** Throws `RELEASE_UNKNOWN`. */
  async summary(name: string) {
    const stored = await listReleases(this.#db);
    return summaryOf(findRelease(stored, name), await this.#surroundings(stored));
  }

  async streams() {
    const releases = await this.releases();
    const { nightly, stable } = this.#tools.definition;
    return [stable, nightly].map(({ name }) => this.#stream(name, releases));
  }

  /** Throws `RELEASE_STREAM_UNKNOWN`. */
  async stream(name: string) {
    return this.#stream(name, await this.releases());
  }

  #stream(name: string, all: readonly ReturnType<typeof summaryOf>[]) {
    const { nightly, stable, ...definition } = this.#tools.definition;
    const stream = [nightly, stable].find((candidate) => candidate.name === name);
    if (!stream) throw new SlipwayError('RELEASE_STREAM_UNKNOWN', `there is no stream "${name}".`);
    const releases = all.filter((release) => release.stream === name);
    const isNightly = stream === nightly;
    return {
      name,
      title: stream.title,
      kind: isNightly ? ('nightly' as const) : ('stable' as const),
      message: stream.message ?? definition.message ?? '',
      channel: isNightly ? null : (stable.channels[0] ?? null),
      policy: isNightly ? definition.audit.policy.split('/').slice(-1).join('') : null,
      gates: isNightly ? gatesOf(this.#tools.definition.jobs) : [],
      latestAccepted: releases.find((release) => release.phase === 'Accepted')?.name ?? null,
      releases,
    };
  }

  /** Everything that is known of one release. Throws `RELEASE_UNKNOWN`. */
  async release(name: string) {
    const { evidence } = this.#tools;
    const stored = await listReleases(this.#db);
    const release = findRelease(stored, name);
    const summary = summaryOf(release, await this.#surroundings(stored));
    const steps = await listSteps(this.#db, name);
    // Verdicts belong to the nightly a stable release is made of.
    const judged = release.promotedFrom ?? name;
    const judgedSteps = judged === name ? steps : await listSteps(this.#db, judged);
    const read = await this.#reports.read(release);
    const report = read?.report;
    const { payload, problem: payloadProblem } = await this.#payloads.tried(release);
    const published = outputOf(steps, 'publish', name);
    const lint = outputOf(judgedSteps, 'lint', judged);
    const edges = await this.#edges(name);
    const previous = previousOf(stored, release);
    const earlier = previous && (await this.#payloads.tried(previous)).payload;
    const before = previous && earlier && (await this.#changelogSide(previous));
    return {
      ...summary,
      working: await this.#working(release, steps, summary.promotedTo),
      steps: stepsOf(kindOf(release)).map((step) => stepView(step, steps)),
      gates: (await listGates(this.#db, judged)).map(gateView),
      audit:
        report === undefined
          ? null
          : auditView(report, report.previous === null ? undefined : await this.#reports.readNamed(report.previous)),
      auditProblem: read?.problem ?? null,
      lint: lint === undefined ? [] : lintViews(await evidence.get(lint.report, parseLintFindings)),
      components: payload === undefined ? [] : await componentViews(payload, this.#tools, report),
      payloadProblem,
      componentVersions: payload === undefined ? [] : componentVersions(payload),
      manifests: payload === undefined ? 0 : payload.files.length,
      verification: await this.#jobRuns(judged),
      changelog: payload === undefined || before === undefined ? null : changelogOf({ payload, report }, before),
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
      ledger: (await readLedger(this.#db, { subject: name })).map(ledgerView),
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
      working: await this.#working(release, steps, promotedTo),
      steps: stepsOf(kindOf(release)).map((step) => stepView(step, steps)),
    };
  }

  /** Channels with their releases and the updates between them. */
  async channels() {
    const compiled = await this.graph();
    const stored = await listReleases(this.#db);
    const signers = await listSigners(this.#db);
    return compiled.channels.map((name) =>
      channelView(name, compiled, this.#tools.definition.architecture, stored, signers),
    );
  }

  /** The payload of a release. Throws `RELEASE_UNKNOWN`, `RELEASE_PAYLOAD_NOT_FOUND` while it is not assembled. */
  async payload(name: string): Promise<Payload> {
    const payload = await this.#payloads.of(findRelease(await listReleases(this.#db), name));
    if (payload !== undefined) return payload;
    throw new SlipwayError('RELEASE_PAYLOAD_NOT_FOUND', `the release "${name}" has no payload yet.`, {
      hint: 'It is there once the step "assemble" is done.',
    });
  }

  /** A release in parts. Throws as `payload`, and `RELEASE_PARTS_NOT_FOUND` for one that is not published. */
  async parts(name: string): Promise<ReleaseParts> {
    const payload = await this.payload(name);
    if ((await this.summary(name)).published) return new ReleaseParts(this.#tools, payload);
    throw new SlipwayError('RELEASE_PARTS_NOT_FOUND', `the release "${name}" is not published.`);
  }

  /** What decides which objects of a release are applied. Throws as `payload`. */
  async outlines(name: string): Promise<{ readonly payload: Payload; readonly files: readonly FileOutline[] }> {
    const payload = await this.payload(name);
    return { payload, files: await this.#tools.outlines.of(payload) };
  }

  /** A release as comparisons take it. */
  async #compared(release: StoredRelease): Promise<ComparedSide> {
    const side = await this.#changelogSide(release);
    if (side === undefined)
      throw new SlipwayError('RELEASE_PAYLOAD_UNKNOWN', `the release ${release.name} has no payload.`, {
        hint: 'It was not assembled, or not yet.',
      });
    return { ...side, images: await this.#payloads.images(side.payload) };
  }

  async #changelogSide(release: StoredRelease) {
    const payload = await this.#payloads.of(release);
    return payload && { name: release.name, payload, report: (await this.#reports.read(release))?.report };
  }

  async #surroundings(stored: readonly StoredRelease[]): Promise<Surroundings> {
    return {
      definition: this.#tools.definition,
      signers: await listSigners(this.#db),
      promotions: promotionsOf(stored),
    };
  }

  /** Whether `decide` names an action: what the engine will do next, it has not done yet. */
  async #working(release: StoredRelease, steps: StoredSteps, promotedTo: string | null): Promise<boolean> {
    const states = Object.fromEntries(steps.map(({ step, state }) => [step, state]));
    const facts = {
      name: release.name,
      kind: kindOf(release),
      phase: release.phase,
      steps: states,
      promotedTo: promotedTo ?? undefined,
      promotionRefused: promotionRefused(await listGates(this.#db, release.name)),
    };
    return decide(facts, this.#tools.definition.stable).type !== 'none';
  }

  async #signatures({ payloadDigest }: StoredRelease) {
    const records = payloadDigest === null ? [] : await listSignatures(this.#db, payloadDigest);
    return records.map(({ n, digest, keyFingerprint, reference }) => ({
      keyId: keyFingerprint.slice(-16),
      fingerprint: keyFingerprint,
      reference,
      url: `/signatures/${digest.replace(':', '=')}/signature-${n}`,
    }));
  }

  async #edges(name: string): Promise<{ from: string; to: string }[]> {
    return (await this.channels())
      .flatMap((channel) => channel.edges)
      .filter(({ from, to }) => from === name || to === name);
  }

  async #jobRuns(release: string) {
    const runs = await listJobRuns(this.#db, release);
    return await Promise.all(
      runs.map(async (run) =>
        jobRunView(run, run.state === 'running' ? undefined : await keptRun(this.#tools.evidence, run)),
      ),
    );
  }
}
