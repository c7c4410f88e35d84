import { type AuditReport, imageSpec, type ReportFormatter, type ReportImage } from '../model/index.ts';

/** RFC 4180 § 2: CRLF is what it says, but the check that this replaces wrote Python's default, and that is CRLF too. */
const END = '\r\n';

/** Quotes only where it must be; a leading mark that spreadsheets take for a formula is kept from being one. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The ids that os-release has in images of CentOS Stream and of CentOS Stream CoreOS. */
const STREAM: ReadonlySet<string> = new Set(['centos', 'scos']);

/** `Yes` and `No` as the check had them, from what the image says of itself; `N/A`: there is no userland. `Unknown`: not read. */
function scosOf({ os, packages, hiddenPackages }: ReportImage): string {
  if (os === null && packages.length + hiddenPackages.length === 0) return 'N/A';
  return os !== null && STREAM.has(os.id) ? 'Yes' : 'No';
}

/** What the old check could not see: findings, worst rules first. */
function detail(image: ReportImage, { findings }: AuditReport): string {
  const open = findings.filter(
    ({ severity, status, images }) =>
      severity === 'deny' &&
      status === 'open' &&
      images.some(({ name, digest }) => name === image.name && digest === image.digest),
  );
  const os = image.os === null ? 'no os-release' : `${image.os.name} ${image.os.versionId}`.trim();
  const rules = [...new Set(open.map(({ rule }) => rule))].sort();
  return [os, ...(rules.length === 0 ? [] : [`${open.length} denied: ${rules.join(' ')}`])].join('; ');
}

function csv(report: AuditReport): string {
  const rows = report.images.map((image) => [image.name, scosOf(image), detail(image, report), imageSpec(image)]);
  const unread = (report.unread ?? []).map(({ name, digest, pullSpec, code, message }) => [
    name,
    'Unknown',
    `not judged: ${message} [${code}]`,
    imageSpec({ name, digest, pullSpec }),
  ]);
  return [['TAG', 'SCOS', 'DETAIL', 'PULLSPEC'], ...rows, ...unread]
    .map((row) => row.map(cell).join(',') + END)
    .join('');
}

/** The columns of `doozer images:okd check`, which asked for /etc/centos-release alone (spec audit.md § 1.3). */
export const csvFormat: ReportFormatter = {
  id: 'csv',
  title: 'CSV with the columns TAG,SCOS,DETAIL,PULLSPEC',
  mediaType: 'text/csv',
  extension: 'csv',
  format: csv,
};
