import { prettyJson } from '../../util/index.ts';
import type { AuditReport, ReportContext, ReportFormatter } from '../model/index.ts';
import { cyclonedxFormat, spdxFormat } from '../sbom/index.ts';
import { csvFormat } from './csv.ts';
import { junitFormat } from './junit.ts';
import { sarifFormat } from './sarif.ts';
import { textFormat } from './text.ts';

/** The report itself, with sorted keys: every other form is made of it. */
const jsonFormat: ReportFormatter = {
  id: 'json',
  title: 'Report as JSON',
  mediaType: 'application/json',
  extension: 'json',
  format: prettyJson,
};

/** Every form of a report. */
export const REPORT_FORMATS = {
  text: textFormat,
  json: jsonFormat,
  cyclonedx: cyclonedxFormat,
  spdx: spdxFormat,
  sarif: sarifFormat,
  junit: junitFormat,
  csv: csvFormat,
} as const satisfies Readonly<Record<string, ReportFormatter>>;
export type ReportFormat = keyof typeof REPORT_FORMATS;

/** A report in one of its forms; the same report and context always give the same bytes. */
export function formatAuditReport(report: AuditReport, format: ReportFormat, context: ReportContext = {}): string {
  return REPORT_FORMATS[format].format(report, context);
}

export { imageFileNames, onlyImage } from './images.ts';
export {
  describeChoice,
  describeInstruction,
  describeIntroduction,
  describeLayer,
  describeOrigin,
} from './text.ts';
