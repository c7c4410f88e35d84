/** Why an update is offered or not. Stable: scripts and pages go by it (update-graph § 8.5). */
export type ExplainCode =
  | 'Recommended'
  | 'Conditional'
  | 'NotTested'
  | 'TestFailing'
  | 'TestFlaky'
  | 'AuditOverridden'
  | 'GraphDataError'
  | 'SilentlyBlocked'
  | 'RemovedByLabel'
  | 'NotDeclared'
  | 'Quarantined'
  | 'Barrier'
  | 'DeadEnd'
  | 'PayloadUnsigned'
  | 'ContentAuditFailed'
  | 'PayloadGone'
  | 'PromotionPending'
  | 'PreReleaseOnly'
  | 'SourceNotInChannel'
  | 'TargetNotInChannel'
  | 'NotNewer'
  | 'ArchMissing'
  | 'UnknownVersion';

/** What each code means, in one sentence for people. */
export const MEANING: Readonly<Record<ExplainCode, string>> = {
  Recommended: 'Offered to every cluster.',
  Conditional: 'Offered with a warning: a known risk may apply to the cluster.',
  NotTested: 'Offered with a warning: no test of this update has run yet.',
  TestFailing: 'Offered with a warning: the tests of this update fail.',
  TestFlaky: 'Offered with a warning: the tests of this update pass only sometimes.',
  AuditOverridden: 'Offered with a warning: the release did not pass the content audit, and a person accepted it.',
  GraphDataError: 'Offered with a warning: a file of the graph could not be read, so its risks are not known.',
  SilentlyBlocked: 'A blocked-edges file takes the update away.',
  RemovedByLabel: 'A label of a release image takes the update away.',
  NotDeclared: 'The newer release does not name the older one among those it can be reached from.',
  Quarantined: 'The graph’s data contradicts itself about this update, so it is held back.',
  Barrier: 'Another release has to be passed first.',
  DeadEnd: 'Nothing leads on from a release that turned out to be a dead end, and nothing leads there.',
  PayloadUnsigned: 'The release is not signed, and this graph offers signed releases only.',
  ContentAuditFailed: 'The release did not pass the content audit, and this graph offers audited releases only.',
  PayloadGone: 'The payload can not be pulled any more where it was published, and no mirror is known.',
  PromotionPending: 'The newer release has not been promoted to this channel yet.',
  PreReleaseOnly: 'The newer release is a candidate or a nightly, which this channel never offers.',
  SourceNotInChannel: 'The older release is not in this channel, so clusters on it report VersionNotFound.',
  TargetNotInChannel: 'The newer release is not in this channel.',
  NotNewer: 'Clusters are not updated to an older release or to the one they run.',
  ArchMissing: 'No release of this architecture is known.',
  UnknownVersion: 'The graph does not know one of the two releases.',
};

const OFFERED: readonly ExplainCode[] = [
  'Recommended',
  'Conditional',
  'NotTested',
  'TestFailing',
  'TestFlaky',
  'AuditOverridden',
  'GraphDataError',
];

/** Whether clusters are offered the update at all, with or without a warning. */
export function isOffered(code: ExplainCode): boolean {
  return OFFERED.includes(code);
}
