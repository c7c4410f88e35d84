import type { ReleaseRecord } from '../../db/index.ts';
import type { CommitSource, FileOutline, Payload } from '../../payload/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { type ComparedSide, changelogDocument, compareReleases, releaseContents } from './compare.ts';

export interface ComparisonSources {
  /** All releases, newest first. */
  readonly releases: () => Promise<readonly ReleaseRecord[]>;
  /** Throws `RELEASE_PAYLOAD_UNKNOWN` for a release that was not assembled. */
  readonly side: (release: ReleaseRecord) => Promise<ComparedSide>;
  readonly outlines: (payload: Payload) => Promise<readonly FileOutline[]>;
  readonly commits: CommitSource | undefined;
}

/** Throws `RELEASE_UNKNOWN`. */
export function findRelease(stored: readonly ReleaseRecord[], name: string): ReleaseRecord {
  const release = stored.find((candidate) => candidate.name === name);
  if (!release)
    throw new SlipwayError('RELEASE_UNKNOWN', `there is no release "${name}".`, {
      hint: '`slipway release list` shows those there are.',
    });
  return release;
}

/** The accepted release before this one in its stream. */
export function previousOf(stored: readonly ReleaseRecord[], release: ReleaseRecord): ReleaseRecord | undefined {
  return stored.find(
    (other) =>
      other.stream === release.stream &&
      other.createdAt < release.createdAt &&
      other.payloadDigest !== null &&
      other.phase === 'Accepted',
  );
}

/** What releases hold, and what is different between them. */
export class Comparisons {
  readonly #sources: ComparisonSources;

  constructor(sources: ComparisonSources) {
    this.#sources = sources;
  }

  /**
   * What a release brings that another has not: by default, that the accepted one before it in its stream has not.
   * Throws `RELEASE_UNKNOWN`, `RELEASE_PAYLOAD_UNKNOWN`.
   */
  async changelog(name: string, from?: string) {
    const { others, before, after } = await this.#sides(name, from);
    const comparison = before === undefined ? null : await compareReleases(before, after, this.#sources.commits);
    return { name, others, comparison };
  }

  /** The changelog as a document. Throws as `changelog`, and `RELEASE_EARLIER_UNKNOWN` for the first of its stream. */
  async document(name: string, from: string | undefined, format: 'markdown' | 'html'): Promise<string> {
    const { before, after } = await this.#sides(name, from);
    if (before === undefined)
      throw new SlipwayError('RELEASE_EARLIER_UNKNOWN', `there is no release before ${name} to compare it with.`, {
        hint: 'Name one with ?from=.',
      });
    return await changelogDocument(before, after, format, this.#sources.commits);
  }

  /** The files and sizes of a release. Throws `RELEASE_UNKNOWN`, `RELEASE_PAYLOAD_UNKNOWN`. */
  async contents(name: string) {
    const release = findRelease(await this.#sources.releases(), name);
    const { payload, images } = await this.#sources.side(release);
    return {
      name,
      published: release.payloadRef !== null,
      ...releaseContents(payload, await this.#sources.outlines(payload), images),
    };
  }

  async #sides(name: string, from: string | undefined) {
    const stored = await this.#sources.releases();
    const release = findRelease(stored, name);
    const previous = from === undefined ? previousOf(stored, release) : findRelease(stored, from);
    return {
      others: stored.filter((other) => other.name !== name && other.payloadDigest !== null).map((other) => other.name),
      before: previous === undefined ? undefined : await this.#sources.side(previous),
      after: await this.#sources.side(release),
    };
  }
}
