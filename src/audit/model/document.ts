import { createHash } from 'node:crypto';
import { canonicalJson } from '../../util/index.ts';
import type { AuditReport } from './report.ts';

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
 * stand in the table of `report/index.ts`. The same report and context give the same bytes.
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
