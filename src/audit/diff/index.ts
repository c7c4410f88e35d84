export { type ComparedReport, parseComparedReport } from './compared.ts';
export { type AuditDifference, diffReports } from './diff.ts';
export { textDifference } from './text.ts';
