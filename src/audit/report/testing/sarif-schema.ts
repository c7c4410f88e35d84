/** For tests: SARIF 2.1.0 as far as the audit writes it, after the sections of the specification. Nothing else may stand in it. */

const Text = { type: 'string', minLength: 1 } as const;
const Level = { enum: ['none', 'note', 'warning', 'error'] } as const;
/** § 3.8: property bags take anything. */
const Bag = { type: 'object' } as const;

const strict = (required: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
});

const list = (items: object) => ({ type: 'array', items });

/** § 3.11 */
const Message = strict({ text: Text });

/** § 3.4: a URI reference, so marks that URIs do not have are encoded. */
const ArtifactLocation = strict({ uri: { type: 'string', pattern: "^[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+$" } });

/** § 3.49 */
const Rule = strict({
  id: Text,
  shortDescription: Message,
  defaultConfiguration: strict({ level: Level }),
  properties: Bag,
});

/** § 3.28 */
const Location = strict({
  physicalLocation: strict({
    artifactLocation: ArtifactLocation,
    region: strict({ startLine: { type: 'integer', minimum: 1 } }),
  }),
  logicalLocations: list(strict({ name: Text, fullyQualifiedName: Text, kind: Text })),
});

/** § 3.35 */
const Suppression = strict({
  kind: { enum: ['inSource', 'external'] },
  status: { enum: ['accepted', 'underReview', 'rejected'] },
  justification: Text,
});

/** § 3.27.16: keys have names, optionally with a version. */
const Fingerprints = { type: 'object', minProperties: 1, additionalProperties: Text } as const;

/** § 3.27 */
const Result = strict({
  ruleId: Text,
  ruleIndex: { type: 'integer', minimum: 0 },
  level: Level,
  message: Message,
  locations: list(Location),
  fingerprints: Fingerprints,
  partialFingerprints: Fingerprints,
  suppressions: list(Suppression),
  properties: Bag,
});

/** § 3.24 */
const Artifact = strict(
  { location: ArtifactLocation, hashes: strict({ 'sha-256': { type: 'string', pattern: '^[0-9a-f]{64}$' } }) },
  { description: Message, properties: Bag },
);

/** § 3.58: as a result has them, its locations. */
const Notification = strict({
  descriptor: strict({ id: Text }),
  level: Level,
  message: Message,
  locations: list(Location),
});

/** § 3.20 */
const Invocation = strict({
  executionSuccessful: { type: 'boolean' },
  toolExecutionNotifications: list(Notification),
});

/** § 3.14 */
const Run = strict(
  {
    tool: strict({ driver: strict({ name: Text, version: Text, rules: list(Rule) }) }),
    automationDetails: strict({ id: { type: 'string', pattern: '/$' } }),
    artifacts: list(Artifact),
    results: list(Result),
    properties: Bag,
  },
  { invocations: list(Invocation) },
);

/** § 3.13 */
export const SARIF_SCHEMA = strict({ $schema: Text, version: { const: '2.1.0' }, runs: list(Run) });
