import { createHash } from 'node:crypto';
import { canonicalJson } from '../../util/index.ts';
import type { AuditReport, ReportImage, ReportUnread } from '../model/index.ts';

/** The release that the images of a report make up. */
export interface ReportPayload {
  /** Version, `4.21.0-okd-scos.0`. */
  readonly name: string;
  /** Digest of the release image. */
  readonly digest: string;
  /** `repository@sha256:…` */
  readonly pullSpec: string;
}

/** What documents say beside the report. */
export interface ReportContext {
  /** Left out: the images were audited by themselves. */
  readonly payload?: ReportPayload;
  /** When the documents say that they were made; left out: the start of the day that was judged. */
  readonly created?: Date;
}

/**
 * One form of a report: a pure function, so that any report ever made can be had in every form. All have this shape and
 * stand in the table of `index.ts`. The same report and context give the same bytes.
 */
export interface ReportFormatter {
  /** What people choose it by. */
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  /** Of files, without the dot. */
  readonly extension: string;
  format(report: AuditReport, context: ReportContext): string;
}

/** Name and version of the program, as documents tell of it. */
export function toolOf({ extractor }: AuditReport): { readonly name: string; readonly version: string } {
  const [name = extractor, version = ''] = extractor.split('/');
  return { name, version };
}

/** `2026-06-01T00:00:00Z`: no clock stands in a document. */
export function createdOf(report: AuditReport, { created }: ReportContext): string {
  const at = created ?? new Date(`${report.judgedOn}T00:00:00Z`);
  return at.toISOString().replace(/\.\d+Z$/u, 'Z');
}

/** What identifies a document of this kind over this report: a UUID made of their content (RFC 9562 § 5.8). */
export function documentUuid(kind: string, report: AuditReport, context: ReportContext): string {
  const bytes = createHash('sha256')
    .update(canonicalJson([kind, report, { ...context, created: createdOf(report, context) }]))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
}

/** `component@sha256:…`, or where others find the image; its name alone where nothing else is known. */
export const imageSpec = ({ name, digest, pullSpec }: Pick<ReportUnread, 'name' | 'digest' | 'pullSpec'>): string =>
  pullSpec ?? (digest === null ? name : `${name}@${digest}`);

/** A report of one of its images alone: its packages, and the findings that name it. Those that were not read are others. */
export function onlyImage(report: AuditReport, image: ReportImage): AuditReport {
  const used = [...new Set(image.contents.map((content) => content.package))].sort((a, b) => a - b);
  const places = new Map(used.map((place, index) => [place, index]));
  const linked = [...new Set((image.programs ?? []).flatMap(({ modules }) => modules))].sort((a, b) => a - b);
  const modulePlaces = new Map(linked.map((place, index) => [place, index]));
  const named = ({ name, digest }: { readonly name: string; readonly digest: string }): boolean =>
    name === image.name && digest === image.digest;
  const { unread: _, ...rest } = report;
  return {
    ...rest,
    verdict: report.verdict === 'incomplete' ? 'pass' : report.verdict,
    findings: report.findings
      .filter(({ images }) => images.some(named))
      .map((finding) => ({ ...finding, images: finding.images.filter(named) })),
    packages: used.flatMap((place) => report.packages[place] ?? []),
    modules: linked.flatMap((place) => report.modules?.[place] ?? []),
    images: [
      {
        ...image,
        contents: image.contents.map((content) => ({ ...content, package: places.get(content.package) ?? 0 })),
        programs: (image.programs ?? []).map((program) => ({
          ...program,
          modules: program.modules.map((place) => modulePlaces.get(place) ?? 0),
        })),
      },
    ],
  };
}

/**
 * A name of a file for each image, without extension: `ironic/agent` becomes `ironic-agent`, `etcd (linux/arm64)`
 * `etcd-linux-arm64`, a second image of that name `ironic-agent-2`. `taken` are names that something else has.
 */
export function imageFileNames(images: AuditReport['images'], taken: readonly string[] = []): string[] {
  const used = new Set(taken);
  return images.map(({ name }) => {
    const wanted = name.replace(/[^A-Za-z0-9._-]+/gu, '-').replace(/^\.+|-+$/gu, '') || 'image';
    let free = wanted;
    for (let n = 2; used.has(free); n++) free = `${wanted}-${n}`;
    used.add(free);
    return free;
  });
}
