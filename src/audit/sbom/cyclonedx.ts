import { prettyJson } from '../../util/index.ts';
import {
  type AuditReport,
  createdOf,
  documentUuid,
  imageSpec,
  type ReportContent,
  type ReportContext,
  type ReportFormatter,
  type ReportImage,
  toolOf,
} from '../model/index.ts';
import { PROOF_LEVELS } from '../rules/index.ts';
import { declarationsOf, definitionsOf } from './declarations.ts';
import {
  CONFIDENCE,
  type Inventory,
  type InventoryImage,
  type InventoryModule,
  type InventoryPackage,
  type InventoryUnread,
  inventoryOf,
  layerText,
  programText,
} from './inventory.ts';
import { LicenseBook } from './licenses.ts';

const property = (name: string, value: string) => ({ name: `audit:${name}`, value });

const hashOf = (digest: string) => ({ alg: 'SHA-256', content: digest.replace(/^sha256:/u, '') });

/** How the package is known to be what it says: what the database lists, and how far a signature bears it out. */
function identity({ pkg, purl }: InventoryPackage) {
  const confidence = CONFIDENCE[pkg.proof];
  const claim = `${PROOF_LEVELS[pkg.proof]}${pkg.signer === null ? '' : `: ${pkg.signer}`}`;
  return [
    {
      field: purl === undefined ? 'name' : 'purl',
      confidence,
      ...(purl === undefined ? {} : { concludedValue: purl }),
      methods: [
        { technique: 'manifest-analysis', confidence: CONFIDENCE.L1, value: 'RPM database' },
        ...(pkg.signer === null ? [] : [{ technique: 'attestation', confidence, value: claim }]),
      ],
    },
  ];
}

function licensesOf({ pkg }: InventoryPackage, book: LicenseBook) {
  const expression = pkg.license === null ? undefined : book.expressionOf(pkg.license, pkg.release);
  return expression === undefined ? undefined : [{ expression, acknowledgement: 'declared' }];
}

/** `at`: where it stands in the image that the document is about; left out of a document over many images. */
function packageComponent(
  item: InventoryPackage,
  book: LicenseBook,
  at: { readonly content: ReportContent; readonly image: ReportImage } | undefined,
) {
  const { ref, pkg, purl } = item;
  return {
    type: 'library',
    'bom-ref': ref,
    name: pkg.name,
    version: `${pkg.epoch === null ? '' : `${pkg.epoch}:`}${pkg.version}-${pkg.release}`,
    purl,
    supplier: pkg.vendor === null ? undefined : { name: pkg.vendor },
    licenses: licensesOf(item, book),
    evidence: {
      identity: identity(item),
      ...(at && {
        occurrences: [{ location: at.content.database, additionalContext: layerText(at.content, at.image) }],
      }),
    },
    properties: [
      property('proof', pkg.proof),
      property('header-sha256', pkg.header),
      ...(pkg.signer === null ? [] : [property('signer', pkg.signer)]),
      ...(pkg.license === null ? [] : [property('license-tag', pkg.license)]),
      ...(pkg.sourceRpm === null ? [] : [property('source-rpm', pkg.sourceRpm)]),
      ...(pkg.buildHost === null ? [] : [property('build-host', pkg.buildHost)]),
      ...(at
        ? [
            property('layer', String(at.content.layer)),
            property('layer-digest', at.image.layers[at.content.layer - 1]?.digest ?? ''),
            ...(at.content.hiddenBy === null ? [] : [property('hidden-by-layer', String(at.content.hiddenBy))]),
          ]
        : []),
    ],
  };
}

/** A Go module. `uses`: the programs that it is linked into, of the image that the document is about. */
function moduleComponent(
  { ref, module, purl }: InventoryModule,
  uses: readonly { readonly location: string; readonly additionalContext: string }[] | undefined,
) {
  return {
    type: 'library',
    'bom-ref': ref,
    name: module.path,
    version: module.version,
    purl,
    evidence: {
      identity: [
        {
          field: 'purl',
          confidence: CONFIDENCE.L1,
          concludedValue: purl,
          methods: [{ technique: 'binary-analysis', confidence: CONFIDENCE.L1, value: 'build information of Go' }],
        },
      ],
      ...(uses && { occurrences: uses }),
    },
  };
}

function imageComponent({ ref, image, purl }: InventoryImage) {
  return {
    type: 'container',
    'bom-ref': ref,
    name: image.name,
    version: image.digest,
    purl,
    hashes: [hashOf(image.digest)],
    properties: [
      property('architecture', image.architecture),
      ...(image.platform === undefined ? [] : [property('platform', image.platform)]),
      ...(image.base === null ? [] : [property('base', image.base)]),
      ...(image.os === null ? [] : [property('os', `${image.os.id} ${image.os.versionId}`.trim())]),
      property('pull-spec', imageSpec(image)),
    ],
  };
}

function unreadComponent({ ref, unread }: InventoryUnread) {
  const { name, digest, code, message } = unread;
  return {
    type: 'container',
    'bom-ref': ref,
    name,
    ...(digest === null ? {} : { version: digest, hashes: [hashOf(digest)] }),
    properties: [property('not-judged', `${message} [${code}]`), property('pull-spec', imageSpec(unread))],
  };
}

/** The subject of the document, and the components below it. */
function partsOf({ root, images, unread, packages, modules }: Inventory, book: LicenseBook) {
  const [only] = images;
  if (root === undefined && only) {
    return {
      subject: imageComponent(only),
      components: [
        ...only.contents.map(({ package: item, content }) =>
          packageComponent(item, book, { content, image: only.image }),
        ),
        ...only.modules.map(({ module, programs }) =>
          moduleComponent(
            module,
            programs.map((program) => ({
              location: program.path,
              additionalContext: programText(program, only.image),
            })),
          ),
        ),
      ],
    };
  }
  return {
    subject: {
      type: root?.digest === null ? 'application' : 'container',
      'bom-ref': root?.ref ?? 'images',
      name: root?.name ?? 'images',
      ...(root?.digest ? { version: root.digest, hashes: [hashOf(root.digest)], purl: root.purl } : {}),
    },
    components: [
      ...images.map(imageComponent),
      ...unread.map(unreadComponent),
      ...packages.map((item) => packageComponent(item, book, undefined)),
      ...modules.map((module) => moduleComponent(module, undefined)),
    ],
  };
}

function dependencies({ root, images, unread }: Inventory) {
  const unique = (refs: readonly string[]): string[] => [...new Set(refs)].sort();
  return [
    ...(root ? [{ ref: root.ref, dependsOn: unique([...images, ...unread].map(({ ref }) => ref)) }] : []),
    ...images.map(({ ref, contents, modules }) => ({
      ref,
      dependsOn: unique([...contents.map(({ package: item }) => item.ref), ...modules.map(({ module }) => module.ref)]),
    })),
  ];
}

function cyclonedx(report: AuditReport, context: ReportContext): string {
  const inventory = inventoryOf(report, context);
  const { subject, components } = partsOf(inventory, new LicenseBook());
  const { name, version } = toolOf(report);
  return prettyJson({
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${documentUuid('cyclonedx', report, context)}`,
    version: 1,
    metadata: {
      timestamp: createdOf(report, context),
      tools: { components: [{ type: 'application', name, version }] },
      component: subject,
    },
    components,
    dependencies: dependencies(inventory),
    // What is below an image that could not be read is not known.
    ...(inventory.unread.length === 0
      ? {}
      : { compositions: [{ aggregate: 'incomplete', assemblies: [subject['bom-ref']] }] }),
    definitions: definitionsOf(report),
    declarations: declarationsOf(report, context, subject['bom-ref']),
  });
}

/** CycloneDX 1.6 (ECMA-424), with what was looked for and seen as declarations. */
export const cyclonedxFormat: ReportFormatter = {
  id: 'cyclonedx',
  title: 'CycloneDX 1.6 SBOM with declarations',
  mediaType: 'application/vnd.cyclonedx+json',
  extension: 'cdx.json',
  format: cyclonedx,
};
