import { prettyJson } from '../../util/index.ts';
import {
  type AuditReport,
  createdOf,
  documentUuid,
  imageSpec,
  type ReportContext,
  type ReportFormatter,
  toolOf,
} from '../model/index.ts';
import { PROOF_LEVELS } from '../rules/index.ts';
import {
  type InventoryImage,
  type InventoryModule,
  type InventoryPackage,
  type InventoryUnread,
  inventoryOf,
  layerText,
  nameOf,
  programText,
} from './inventory.ts';
import { LicenseBook } from './licenses.ts';

const NONE = 'NOASSERTION';
const id = (ref: string): string => `SPDXRef-${ref}`;

/** What an element says of itself in the words of the audit (SPDX 2.3 § 12). */
interface Note {
  readonly annotator: string;
  readonly annotationDate: string;
  readonly annotationType: 'OTHER';
  readonly comment: string;
}
type Annotate = (comment: string) => Note;

const purlRef = (purl: string | undefined | null) =>
  purl
    ? { externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }] }
    : {};

/** Packages whose files were not analysed one by one, and whose licence nobody concluded (§ 7). */
const element = (ref: string, name: string) => ({
  SPDXID: id(ref),
  name,
  downloadLocation: NONE,
  filesAnalyzed: false,
  licenseConcluded: NONE,
  licenseDeclared: NONE,
  copyrightText: NONE,
});

function rpmElement({ ref, pkg, purl }: InventoryPackage, book: LicenseBook, annotate: Annotate) {
  const declared = pkg.license === null ? undefined : book.expressionOf(pkg.license, pkg.release);
  const facts = [
    `proof: ${pkg.proof} ${PROOF_LEVELS[pkg.proof]}`,
    `header SHA256: ${pkg.header}`,
    ...(pkg.signer === null ? [] : [`signer: ${pkg.signer}`]),
    ...(pkg.license === null ? [] : [`licence tag: ${pkg.license}`]),
    ...(pkg.buildHost === null ? [] : [`build host: ${pkg.buildHost}`]),
  ];
  return {
    ...element(ref, pkg.name),
    versionInfo: `${pkg.epoch === null ? '' : `${pkg.epoch}:`}${pkg.version}-${pkg.release}`,
    supplier: pkg.vendor === null ? NONE : `Organization: ${pkg.vendor}`,
    licenseDeclared: declared ?? NONE,
    primaryPackagePurpose: 'LIBRARY',
    ...(pkg.sourceRpm === null ? {} : { sourceInfo: `built from ${pkg.sourceRpm}` }),
    ...purlRef(purl),
    annotations: [annotate(facts.join('; '))],
  };
}

/** A Go module, by the build information of the programs that it is linked into. */
function moduleElement({ ref, module, purl }: InventoryModule) {
  return {
    ...element(ref, module.path),
    versionInfo: module.version,
    primaryPackagePurpose: 'LIBRARY',
    ...purlRef(purl),
  };
}

const checksum = (digest: string) => ({
  checksums: [{ algorithm: 'SHA256', checksumValue: digest.replace(/^sha256:/u, '') }],
});

function imageElement({ ref, image, purl }: InventoryImage, annotate: Annotate) {
  const layers = image.layers.map(({ number, digest, createdBy }) => `layer ${number} ${digest} ${createdBy}`.trim());
  const platform = image.platform === undefined ? [] : [`platform: ${image.platform}`];
  return {
    ...element(ref, image.name),
    versionInfo: image.digest,
    primaryPackagePurpose: 'CONTAINER',
    ...checksum(image.digest),
    ...purlRef(purl),
    annotations: [
      annotate([imageSpec(image), ...platform, `architecture: ${image.architecture}`, ...layers].join('; ')),
    ],
  };
}

function unreadElement({ ref, unread }: InventoryUnread, annotate: Annotate) {
  const { name, digest, code, message } = unread;
  return {
    ...element(ref, name),
    ...(digest === null ? {} : { versionInfo: digest, ...checksum(digest) }),
    primaryPackagePurpose: 'CONTAINER',
    annotations: [annotate(`not judged: ${message} [${code}]; ${imageSpec(unread)}`)],
  };
}

const relation = (from: string, relationshipType: string, to: string, comment?: string) => ({
  spdxElementId: from,
  relationshipType,
  relatedSpdxElement: to,
  ...(comment === undefined ? {} : { comment }),
});

/** Base images by name: an image of the document where it is one of them, else an element known by its name alone. */
function basesOf(images: readonly InventoryImage[]): {
  known: ReadonlyMap<string, string>;
  added: readonly { readonly name: string; readonly ref: string }[];
} {
  const own = new Map(images.map(({ ref, image }) => [image.name, ref]));
  const added = [...new Set(images.flatMap(({ image }) => image.base ?? []))]
    .filter((name) => !own.has(name))
    .sort()
    .map((name, index) => ({ name, ref: `base-${index + 1}-${name.replace(/[^A-Za-z0-9.-]+/gu, '-')}` }));
  return { known: new Map([...own, ...added.map(({ name, ref }) => [name, ref] as const)]), added };
}

/** An image that is itself a known base is not built on itself. */
const descends = (ref: string, base: string | undefined) =>
  base === undefined || base === ref ? [] : [relation(id(ref), 'DESCENDANT_OF', id(base))];

function spdx(report: AuditReport, context: ReportContext): string {
  const inventory = inventoryOf(report, context);
  const { root, images, unread, packages, modules } = inventory;
  const tool = toolOf(report);
  const creator = `Tool: ${tool.name}-${tool.version}`;
  const created = createdOf(report, context);
  const annotate: Annotate = (comment) => ({
    annotator: creator,
    annotationDate: created,
    annotationType: 'OTHER',
    comment,
  });
  const book = new LicenseBook();
  const bases = basesOf(images);
  const elements = [
    ...(root
      ? [
          {
            ...element(root.ref, root.name),
            ...(root.digest === null ? {} : { versionInfo: root.digest, ...checksum(root.digest) }),
            primaryPackagePurpose: root.digest === null ? 'OTHER' : 'CONTAINER',
            ...purlRef(root.purl),
          },
        ]
      : []),
    ...images.map((image) => imageElement(image, annotate)),
    ...unread.map((image) => unreadElement(image, annotate)),
    ...bases.added.map(({ name, ref }) => ({ ...element(ref, name), primaryPackagePurpose: 'CONTAINER' })),
    ...packages.map((item) => rpmElement(item, book, annotate)),
    ...modules.map(moduleElement),
  ];
  const subjects = root ? [root.ref] : images.map(({ ref }) => ref);
  const relationships = [
    ...subjects.map((ref) => relation('SPDXRef-DOCUMENT', 'DESCRIBES', id(ref))),
    ...(root ? [...images, ...unread].map(({ ref }) => relation(id(root.ref), 'CONTAINS', id(ref))) : []),
    ...images.flatMap(({ ref, image, contents, modules: linked }) => [
      ...descends(ref, bases.known.get(image.base ?? '')),
      ...contents.map(({ package: item, content }) =>
        relation(id(ref), 'CONTAINS', id(item.ref), `${content.database}, ${layerText(content, image)}`),
      ),
      ...linked.map(({ module, programs }) => {
        const where = programs.map((program) => `${program.path}, ${programText(program, image)}`);
        return relation(id(ref), 'CONTAINS', id(module.ref), where.join('; '));
      }),
    ]),
  ];
  return prettyJson({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: nameOf(inventory),
    documentNamespace: `urn:uuid:${documentUuid('spdx', report, context)}`,
    creationInfo: { created, creators: [creator] },
    packages: elements,
    relationships,
    hasExtractedLicensingInfos: book.references.map(([licenseId, words]) => ({
      licenseId,
      name: words,
      extractedText: `The package header says "${words}"; the text is with the package.`,
    })),
  });
}

/** SPDX 2.3 (ISO/IEC 5962) as JSON. */
export const spdxFormat: ReportFormatter = {
  id: 'spdx',
  title: 'SPDX 2.3 SBOM',
  mediaType: 'application/spdx+json',
  extension: 'spdx.json',
  format: spdx,
};
