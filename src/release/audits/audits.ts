import {
  type Explanation,
  explainPackage,
  type Finding,
  type Judgement,
  judge,
  type Policy,
  parsePolicy,
  readPolicy,
} from '../../audit/index.ts';
import { type Connection, getRelease, listReleases, listSteps, type ReleaseRecord } from '../../db/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { Tools } from '../context.ts';
import { readPart } from '../definition/index.ts';
import { isOutdated, keptBases, keptReport, type PromotionJudgement, parseFacts, parseOutput } from '../kept/index.ts';
import { type AuditFacts, gatherFacts } from './facts.ts';
import { summarise } from './summary.ts';

/** A nightly that was audited, with what its audit left. */
interface Audited {
  readonly release: ReleaseRecord;
  readonly report: Judgement;
  readonly facts: AuditFacts;
}

/** How one nightly would be judged by another policy. */
export interface Rejudged {
  readonly name: string;
  readonly phase: ReleaseRecord['phase'];
  readonly before: Judgement['verdict'];
  readonly after: Judgement['verdict'];
  /** Findings that only one of the two judgements has, one line each. */
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

const lineOf = ({ rule, severity, message }: Pick<Finding, 'rule' | 'severity' | 'message'>): string =>
  `${severity} ${rule} ${message}`;

/**
 * Questions about audits that are over, answered from what is stored: reports by digest, facts of layers by digest.
 * Nothing here changes a release.
 */
export class Audits {
  readonly #db: Connection;
  readonly #tools: Tools;

  constructor(db: Connection, tools: Tools) {
    this.#db = db;
    this.#tools = tools;
  }

  /**
   * How it is known what a package of a release is, by its stream's policy as it is now. A stable release is the nightly
   * that it was made of, judged as the stable stream demands and as of its promotion; one that was promoted before
   * promotions were judged, as that nightly. Throws `RELEASE_UNKNOWN`, `RELEASE_AUDIT_UNKNOWN`, `RELEASE_AUDIT_OUTDATED`.
   */
  async explain(name: string, query: string): Promise<Explanation> {
    const release = await this.#release(name);
    const promoted = parseFacts(release.facts, { field: name }).judgement !== undefined;
    const file = promoted ? this.#stablePolicyFile() : this.#tools.definition.audit.policy;
    const read = readPolicy((await readPart(file)).toString('utf8'), file.split('/').at(-1) ?? file);
    const text = promoted ? { ...read, policy: this.#asStableDemands(read.policy) } : read;
    const { facts } = await this.#audited(await this.#judged(name));
    const context = promoted ? { ...facts.context, at: release.createdAt } : facts.context;
    return explainPackage(facts.images, text, context, judge(facts.images, text.policy, context), query);
  }

  /**
   * Judges every audited nightly again, newest first, by another policy. `file` is the policy's name for messages. The
   * policy that a nightly was judged by gives the very report that is stored. Nightlies whose reports another version
   * made are named in `outdated`. Throws `AUDIT_POLICY_INVALID`.
   */
  async rejudge(text: string, file: string) {
    const policy = parsePolicy(text, file);
    const releases: Rejudged[] = [];
    const outdated: { readonly name: string; readonly reason: string }[] = [];
    for (const release of await listReleases(this.#db)) {
      if (release.kind !== 'nightly' || (await this.#reportDigest(release.name)) === undefined) continue;
      const audited = await this.#auditedUnlessOutdated(release);
      if (audited instanceof SlipwayError) {
        outdated.push({ name: release.name, reason: audited.message });
        continue;
      }
      const { report, facts } = audited;
      const again = judge(facts.images, policy, facts.context);
      const counted = (of: Judgement) => of.findings.filter(({ status }) => status === 'open');
      const [was, is] = [new Set(counted(report).map(lineOf)), new Set(counted(again).map(lineOf))];
      releases.push({
        name: release.name,
        phase: release.phase,
        before: report.verdict,
        after: again.verdict,
        added: [...is].filter((line) => !was.has(line)).sort(),
        gone: [...was].filter((line) => !is.has(line)).sort(),
      });
    }
    return { policy: { name: policy.name, digest: policy.digest }, releases, outdated };
  }

  /**
   * Judges a nightly as the stable stream demands, on this day, from the facts that are kept: by the profile `stable`
   * unless the definition says otherwise. The report becomes evidence. Throws `RELEASE_AUDIT_UNKNOWN`,
   * `RELEASE_AUDIT_OUTDATED`, `AUDIT_POLICY_INVALID`.
   */
  async judgeForPromotion(name: string): Promise<PromotionJudgement> {
    const { evidence, clock } = this.#tools;
    const file = this.#stablePolicyFile();
    const policy = parsePolicy((await readPart(file)).toString('utf8'), file);
    const { facts } = await this.#audited(await this.#judged(name));
    const report = judge(facts.images, this.#asStableDemands(policy), { ...facts.context, at: clock() });
    return {
      verdict: report.verdict,
      report: await evidence.put(report),
      policy: policy.digest,
      summary: summarise(report),
    };
  }

  /** The report of a nightly, judged again by a policy. */
  async judgeAgain(name: string, text: string, file: string): Promise<Judgement> {
    const { facts } = await this.#audited(await this.#judged(name));
    return judge(facts.images, parsePolicy(text, file), facts.context);
  }

  #stablePolicyFile(): string {
    const { stable, audit } = this.#tools.definition;
    return stable.audit?.policy ?? audit.policy;
  }

  /** A policy with what the stable stream demands over it. */
  #asStableDemands(policy: Policy): Policy {
    const demands = this.#tools.definition.stable.audit ?? {};
    return {
      ...policy,
      profile: demands.profile ?? 'stable',
      proof: demands.proof ?? policy.proof,
      acknowledgeWarnings: demands.acknowledgeWarnings ?? policy.acknowledgeWarnings,
    };
  }

  async #release(name: string): Promise<ReleaseRecord> {
    const release = await getRelease(this.#db, name);
    if (!release) throw new SlipwayError('RELEASE_UNKNOWN', `there is no release "${name}".`);
    return release;
  }

  /** The nightly that verdicts of a release belong to. */
  async #judged(name: string): Promise<ReleaseRecord> {
    const release = await this.#release(name);
    return release.promotedFrom === null ? release : await this.#judged(release.promotedFrom);
  }

  async #output(release: string, step: 'audit' | 'import') {
    return (await listSteps(this.#db, release)).find(
      (record) => record.step === step && (record.state === 'done' || record.state === 'bad'),
    )?.output;
  }

  async #reportDigest(release: string): Promise<string | undefined> {
    const output = await this.#output(release, 'audit');
    return output === undefined || output === null ? undefined : parseOutput('audit', release, output).report;
  }

  async #requiredDigest(release: string): Promise<string> {
    const digest = await this.#reportDigest(release);
    if (digest === undefined)
      throw new SlipwayError('RELEASE_AUDIT_UNKNOWN', `the release "${release}" was not audited.`);
    return digest;
  }

  async #audited(release: ReleaseRecord): Promise<Audited> {
    const { evidence } = this.#tools;
    const report = await keptReport(evidence, release.name, await this.#requiredDigest(release.name));
    const { components } = parseOutput('import', release.name, await this.#output(release.name, 'import'));
    const { set } = parseFacts(release.facts, { field: release.name });
    const { previous } = report;
    const compared =
      previous === null ? undefined : await keptBases(evidence, previous, await this.#requiredDigest(previous));
    const facts = await gatherFacts(this.#tools, { set, createdAt: release.createdAt }, components, {
      previous: compared,
      deep: report.deep,
    });
    const [first] = facts.unread;
    if (first) throw first.error;
    return { release, report, facts };
  }

  async #auditedUnlessOutdated(release: ReleaseRecord): Promise<Audited | SlipwayError> {
    try {
      return await this.#audited(release);
    } catch (error) {
      if (isOutdated(error)) return error;
      throw error;
    }
  }
}
