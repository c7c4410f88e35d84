import {
  type AuditReport,
  imageSpec,
  type ReportContent,
  type ReportContext,
  type ReportImage,
  type ReportModule,
  type ReportOs,
  type ReportPackage,
  type ReportProgram,
  type ReportUnread,
  repositoryOf,
} from '../model/index.ts';
import type { ProofLevel } from '../rules/index.ts';
import { golangPurl, ociPurl, purl, rpmPurl } from './purl.ts';

/** A package of the report as both kinds of SBOM name it. */
export interface InventoryPackage {
  /** Unique in the document; letters, digits, dots and hyphens. */
  readonly ref: string;
  readonly pkg: ReportPackage;
  readonly purl: string | undefined;
}

/** A Go module of the report. */
export interface InventoryModule {
  readonly ref: string;
  readonly module: ReportModule;
  readonly purl: string;
}

export interface InventoryImage {
  readonly ref: string;
  readonly image: ReportImage;
  readonly purl: string;
  readonly contents: readonly { readonly package: InventoryPackage; readonly content: ReportContent }[];
  /** Each module of its programs once, with the programs that it is linked into. */
  readonly modules: readonly { readonly module: InventoryModule; readonly programs: readonly ReportProgram[] }[];
}

/** What a document is about: a release, one image, or a set of images. */
export interface InventoryRoot {
  readonly ref: string;
  readonly name: string;
  /** Digest of the release image; null for a set of images. */
  readonly digest: string | null;
  readonly purl: string | null;
}

/** An image that could not be read: the document names it and lists nothing of it. */
export interface InventoryUnread {
  readonly ref: string;
  readonly unread: ReportUnread;
}

export interface Inventory {
  /** Undefined where one image is the subject. */
  readonly root: InventoryRoot | undefined;
  readonly images: readonly InventoryImage[];
  readonly unread: readonly InventoryUnread[];
  readonly packages: readonly InventoryPackage[];
  readonly modules: readonly InventoryModule[];
}

/** How sure a level of proof makes that a package is the build that it says (spec audit.md § 2.4). */
export const CONFIDENCE: Readonly<Record<ProofLevel, number>> = { L0: 0, L1: 0.2, L2: 0.4, L3: 0.9, L4: 0.95, L5: 1 };

const safe = (text: string): string => text.replace(/[^A-Za-z0-9.-]+/gu, '-');

/** Gives names that are not taken yet. */
class Refs {
  readonly #taken = new Map<string, number>();

  take(wanted: string): string {
    const times = (this.#taken.get(wanted) ?? 0) + 1;
    this.#taken.set(wanted, times);
    return times === 1 ? wanted : this.take(`${wanted}-${times}`);
  }
}

/** The system that packages are installed in, where all images that carry a package agree. */
function systems({ images }: AuditReport): ReadonlyMap<number, ReportOs | null> {
  const found = new Map<number, ReportOs | null>();
  for (const { os, contents } of images) {
    for (const { package: place } of contents) {
      const known = found.get(place);
      const same = known === undefined || (known?.id === os?.id && known?.versionId === os?.versionId);
      found.set(place, same ? os : null);
    }
  }
  return found;
}

function imagePurl({ name, digest, pullSpec, architecture }: ReportImage): string {
  return pullSpec === null
    ? purl({ type: 'oci', name: name.toLowerCase(), version: digest, qualifiers: { arch: architecture } })
    : ociPurl(repositoryOf(pullSpec), digest, architecture);
}

function rootOf(report: AuditReport, { payload }: ReportContext): InventoryRoot | undefined {
  if (payload !== undefined) {
    const { name, digest, pullSpec } = payload;
    return { ref: 'release', name, digest, purl: ociPurl(repositoryOf(pullSpec), digest, null) };
  }
  if (report.images.length === 1 && report.unread === undefined) return undefined;
  return { ref: 'images', name: `images under ${report.policy.name}`, digest: null, purl: null };
}

function modulesOf({ programs = [] }: ReportImage, modules: readonly InventoryModule[]): InventoryImage['modules'] {
  const linked = programs.flatMap((program) => program.modules.map((place) => ({ place, program })));
  return [...Map.groupBy(linked, ({ place }) => place)]
    .sort(([a], [b]) => a - b)
    .flatMap(([place, uses]) => {
      const module = modules[place];
      return module === undefined ? [] : [{ module, programs: uses.map(({ program }) => program) }];
    });
}

/** Pure; the order is that of the report. */
export function inventoryOf(report: AuditReport, context: ReportContext): Inventory {
  const refs = new Refs();
  const root = rootOf(report, context);
  if (root) refs.take(root.ref);
  const os = systems(report);
  const packages = report.packages.map((pkg, place): InventoryPackage => {
    const system = os.get(place) ?? null;
    return {
      ref: refs.take(`rpm-${safe(pkg.nevra)}-${pkg.header.slice(0, 12)}`),
      pkg,
      purl: rpmPurl({ ...pkg, os: system, repository: pkg.repository ?? null }),
    };
  });
  const modules = (report.modules ?? []).map(
    (module): InventoryModule => ({
      ref: refs.take(`go-${safe(module.path)}-${safe(module.version)}`),
      module,
      // What was built in its own tree has no version that names it to others.
      purl: golangPurl(module.path, module.version === '(devel)' ? null : module.version),
    }),
  );
  const images = report.images.map(
    (image): InventoryImage => ({
      ref: refs.take(`image-${safe(image.name)}`),
      image,
      purl: imagePurl(image),
      contents: image.contents.flatMap((content) => {
        const found = packages[content.package];
        return found === undefined ? [] : [{ package: found, content }];
      }),
      modules: modulesOf(image, modules),
    }),
  );
  const unread = (report.unread ?? []).map((image) => ({ ref: refs.take(`image-${safe(image.name)}`), unread: image }));
  return { root, images, unread, packages, modules };
}

/** What a document is called: the release, the image, or the set. */
export const nameOf = ({ root, images }: Inventory): string =>
  root?.name ?? images.map(({ image }) => imageSpec(image)).join(', ');

/** `layer 2 of 4, linked into a program of go1.23.9` */
export function programText({ layer, hidden, toolchain }: ReportProgram, { layers }: ReportImage): string {
  const gone = hidden ? ', hidden by a later layer, still distributed' : '';
  return `layer ${layer} of ${layers.length}, linked into a program of ${toolchain}${gone}`;
}

/** `layer 2 of 4, hidden by layer 3, still distributed` */
export function layerText({ layer, hiddenBy }: ReportContent, { layers }: ReportImage): string {
  const hidden = hiddenBy === null ? '' : `, hidden by layer ${hiddenBy}, still distributed`;
  return `layer ${layer} of ${layers.length}${hidden}`;
}
