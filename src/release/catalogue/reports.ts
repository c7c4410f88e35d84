import { type Connection, listSteps, type ReleaseRecord } from '../../db/index.ts';
import { type EvidenceStore, outputOf, parseFacts, type ReadReport, readReport } from '../kept/index.ts';

/** Audit reports of releases, as the steps left them. */
export class Reports {
  readonly #db: Connection;
  readonly #evidence: EvidenceStore;

  constructor(db: Connection, evidence: EvidenceStore) {
    this.#db = db;
    this.#evidence = evidence;
  }

  /** The report that a release was judged by, or why it can not be read; `undefined` when it was not audited. */
  async read(release: ReleaseRecord): Promise<ReadReport | undefined> {
    const { judgement } = parseFacts(release.facts, { field: release.name });
    if (judgement !== undefined) return await readReport(this.#evidence, release.name, judgement.report);
    return await this.readNamed(release.promotedFrom ?? release.name);
  }

  /** As `read`, of a nightly. */
  async readNamed(nightly: string): Promise<ReadReport | undefined> {
    const digest = await this.#digest(nightly);
    return digest === undefined ? undefined : await readReport(this.#evidence, nightly, digest);
  }

  async #digest(nightly: string): Promise<string | undefined> {
    return outputOf(await listSteps(this.#db, nightly), 'audit', nightly)?.report;
  }
}
