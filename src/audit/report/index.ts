import { prettyJson } from '../../util/index.ts';
import type { AuditReport } from './model.ts';
import { textReport } from './text.ts';

export const REPORT_FORMATS = ['text', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A report as text for people or as JSON with sorted keys; the same report always gives the same bytes. */
export function formatAuditReport(report: AuditReport, format: ReportFormat): string {
  return format === 'json' ? prettyJson(report) : textReport(report);
}

export {
  describeChoice,
  describeInstruction,
  describeIntroduction,
  describeLayer,
  describeOrigin,
} from './text.ts';
