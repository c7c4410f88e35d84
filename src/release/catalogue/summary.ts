import type { ReleaseRecord } from '../../db/index.ts';
import type { ReleaseDefinition } from '../definition/index.ts';

/** What tells a release's summary beside its own record. */
export interface Surroundings {
  readonly definition: ReleaseDefinition;
  /** Payload's digest ► fingerprints of the keys that signed it. */
  readonly signers: ReadonlyMap<string, readonly string[]>;
  /** Nightly ► the stable release made of it. */
  readonly promotions: ReadonlyMap<string, string>;
}

export const isSigned = ({ payloadDigest }: ReleaseRecord, signers: ReadonlyMap<string, readonly string[]>): boolean =>
  payloadDigest !== null && signers.has(payloadDigest);

/** A row of a list of releases. */
export function summaryOf(release: ReleaseRecord, { definition, signers, promotions }: Surroundings) {
  const published = release.payloadRef !== null;
  return {
    name: release.name,
    stream: release.stream,
    kind: release.kind,
    phase: release.phase,
    createdAt: release.createdAt.toISOString(),
    digest: release.payloadDigest,
    pullSpec: release.payloadRef,
    promotedFrom: release.promotedFrom,
    promotedTo: promotions.get(release.name) ?? null,
    signed: isSigned(release, signers),
    published,
    channels: release.kind === 'stable' && published ? [...definition.stable.channels] : [],
    reason: release.reason,
  };
}
