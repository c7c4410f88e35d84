/** For tests: SPDX 2.3 as JSON, as far as the audit writes it, after the tables of the specification. Nothing else may stand in it. */

const Text = { type: 'string', minLength: 1 } as const;
/** § 6.9.3 */
const Instant = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' } as const;
/** § 6.3, § 7.2: letters, numbers, `.` and `-` */
const ElementId = { type: 'string', pattern: '^SPDXRef-[A-Za-z0-9.-]+$' } as const;
/** § 6.8.3 and § 12.1.3 */
const Creator = { type: 'string', pattern: '^(Person: .+|Organization: .+|Tool: .+-.+)$' } as const;
/** Annex D, and the two words that say that nothing is said. */
const Expression = { type: 'string', pattern: '^[A-Za-z0-9.()+ -]+$' } as const;

const strict = (required: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
});

const list = (items: object, minItems = 0) => ({ type: 'array', items, minItems });

/** § 12 */
const Annotation = strict({
  annotator: Creator,
  annotationDate: Instant,
  annotationType: { enum: ['REVIEW', 'OTHER'] },
  comment: Text,
});

/** § 7.10 */
const Checksum = strict({
  algorithm: { const: 'SHA256' },
  checksumValue: { type: 'string', pattern: '^[0-9a-f]{64}$' },
});

/** § 7.21 and Annex F */
const ExternalRef = strict({
  referenceCategory: { const: 'PACKAGE-MANAGER' },
  referenceType: { const: 'purl' },
  referenceLocator: { type: 'string', pattern: '^pkg:[a-z]+/\\S+$' },
});

/** § 7; with files that were not analysed there is no verification code (§ 7.8, § 7.9). */
const Package = strict(
  {
    SPDXID: ElementId,
    name: Text,
    downloadLocation: { anyOf: [{ enum: ['NONE', 'NOASSERTION'] }, { type: 'string', pattern: '^[a-z+]+://\\S+$' }] },
    filesAnalyzed: { const: false },
    licenseConcluded: Expression,
    licenseDeclared: Expression,
    copyrightText: Text,
  },
  {
    versionInfo: Text,
    supplier: { type: 'string', pattern: '^(NOASSERTION|Person: .+|Organization: .+)$' },
    sourceInfo: Text,
    primaryPackagePurpose: {
      enum: [
        'APPLICATION',
        'FRAMEWORK',
        'LIBRARY',
        'CONTAINER',
        'OPERATING-SYSTEM',
        'DEVICE',
        'FIRMWARE',
        'SOURCE',
        'ARCHIVE',
        'FILE',
        'INSTALL',
        'OTHER',
      ],
    },
    checksums: list(Checksum, 1),
    externalRefs: list(ExternalRef, 1),
    annotations: list(Annotation, 1),
  },
);

/** § 11, the types that an audit has a use for. */
const Relationship = strict(
  {
    spdxElementId: ElementId,
    relationshipType: { enum: ['DESCRIBES', 'CONTAINS', 'DESCENDANT_OF'] },
    relatedSpdxElement: ElementId,
  },
  { comment: Text },
);

/** § 10 */
const ExtractedLicence = strict({
  licenseId: { type: 'string', pattern: '^LicenseRef-[A-Za-z0-9.-]+$' },
  extractedText: Text,
  name: Text,
});

/** § 6 */
export const SPDX_SCHEMA = strict({
  spdxVersion: { const: 'SPDX-2.3' },
  dataLicense: { const: 'CC0-1.0' },
  SPDXID: { const: 'SPDXRef-DOCUMENT' },
  name: Text,
  documentNamespace: { type: 'string', pattern: '^[a-z]+:[^#\\s]+$' },
  creationInfo: strict({ created: Instant, creators: list(Creator, 1) }),
  packages: list(Package, 1),
  relationships: list(Relationship, 1),
  hasExtractedLicensingInfos: list(ExtractedLicence),
});
