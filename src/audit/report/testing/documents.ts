/** For tests: what they read of a report's documents. Whole shapes are for the schemas of the formats; fields not named here pass through. */

import { Type } from 'typebox';
import { parserOf } from '../../../util/index.ts';

const CODE = 'AUDIT_DOCUMENT_INVALID';

const Text = Type.String();
const Texts = Type.Array(Text);
const Score = Type.Object({ score: Type.Number() });
const Ref = Type.Object({ 'bom-ref': Text });

const Evidence = Type.Object({
  identity: Type.Array(
    Type.Object({
      confidence: Type.Number(),
      methods: Type.Array(Type.Object({ technique: Text, value: Text })),
    }),
  ),
  /** Where it stands: told of one image alone. */
  occurrences: Type.Optional(Type.Array(Type.Object({ location: Text, additionalContext: Text }))),
});

/** An image or a package; licences and evidence are those of packages. */
const Component = Type.Object({
  'bom-ref': Text,
  name: Text,
  /** Left out of an image that could not be read. */
  purl: Type.Optional(Text),
  licenses: Type.Optional(Type.Array(Type.Object({ expression: Text, acknowledgement: Text }))),
  evidence: Type.Optional(Evidence),
});

const Claim = Type.Object({
  'bom-ref': Text,
  predicate: Text,
  target: Text,
  evidence: Type.Optional(Texts),
  counterEvidence: Type.Optional(Texts),
});

const Requirement = Type.Object({ requirement: Text, conformance: Score, confidence: Score });

/** CycloneDX 1.6. Throws `AUDIT_DOCUMENT_INVALID`. */
export const parseCyclonedx = parserOf(
  Type.Object({
    metadata: Type.Object({
      timestamp: Text,
      component: Type.Object({ 'bom-ref': Text, name: Text, version: Type.Optional(Text) }),
    }),
    components: Type.Array(Component),
    dependencies: Type.Array(Type.Object({ ref: Text, dependsOn: Type.Optional(Texts) })),
    declarations: Type.Object({
      claims: Type.Array(Claim),
      attestations: Type.Array(Type.Object({ map: Type.Array(Requirement) })),
    }),
    compositions: Type.Optional(Type.Array(Type.Object({ aggregate: Text, assemblies: Texts }))),
    definitions: Type.Object({ standards: Type.Array(Type.Object({ requirements: Type.Array(Ref) })) }),
  }),
  CODE,
);

/** SPDX 2.3. Throws `AUDIT_DOCUMENT_INVALID`. */
export const parseSpdx = parserOf(
  Type.Object({
    packages: Type.Array(
      Type.Object({ SPDXID: Text, name: Text, licenseDeclared: Text, supplier: Type.Optional(Text) }),
    ),
    relationships: Type.Array(
      Type.Object({
        spdxElementId: Text,
        relationshipType: Text,
        relatedSpdxElement: Text,
        comment: Type.Optional(Text),
      }),
    ),
    hasExtractedLicensingInfos: Type.Array(Type.Object({ licenseId: Text })),
  }),
  CODE,
);

const Result = Type.Object({
  ruleId: Text,
  ruleIndex: Type.Integer(),
  level: Text,
  message: Type.Object({ text: Text }),
  fingerprints: Type.Object({ 'finding/v1': Text }),
  locations: Type.Array(Type.Object({ logicalLocations: Type.Array(Type.Object({ name: Text, kind: Text })) })),
  suppressions: Type.Array(Type.Object({ kind: Text, status: Text, justification: Text })),
});

/** SARIF 2.1.0. Throws `AUDIT_DOCUMENT_INVALID`. */
export const parseSarif = parserOf(
  Type.Object({
    runs: Type.Array(
      Type.Object({
        tool: Type.Object({ driver: Type.Object({ rules: Type.Array(Type.Object({ id: Text })) }) }),
        results: Type.Array(Result),
        invocations: Type.Optional(
          Type.Array(
            Type.Object({
              executionSuccessful: Type.Boolean(),
              toolExecutionNotifications: Type.Array(Type.Object({ message: Type.Object({ text: Text }) })),
            }),
          ),
        ),
      }),
    ),
  }),
  CODE,
);

/** JUnit as an XML parser gives it: attributes as texts beside the elements. Throws `AUDIT_DOCUMENT_INVALID`. */
export const parseJunit = parserOf(
  Type.Object({
    testsuites: Type.Object({
      tests: Text,
      failures: Text,
      testsuite: Type.Array(
        Type.Object({
          testcase: Type.Array(
            Type.Object({
              name: Text,
              failure: Type.Optional(Type.Object({ '#text': Text })),
              'system-out': Type.Optional(Text),
            }),
          ),
        }),
      ),
    }),
  }),
  CODE,
);
