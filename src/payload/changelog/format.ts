import { packageSection } from '../diff/index.ts';
import { formatPackageDifference, type PackageDifference, packageDifferenceValue } from '../packages/index.ts';
import { goJson } from '../text/index.ts';
import type { Changelog } from './changelog.ts';
import { formatChangelogHtml } from './html.ts';
import { changelogValue } from './json.ts';
import { formatChangelogMarkdown } from './markdown.ts';

export interface ChangelogFormatOptions {
  /** Fields and words of oc 4.20 only. */
  readonly compat?: boolean;
  /** Differences of the node image's packages, as a section of their own. */
  readonly packages?: PackageDifference;
}

const TITLE = 'Packages of the node image';

/** A changelog in one of its forms, with the sections that were asked for. */
export function formatChangelog(
  changelog: Changelog,
  format: 'markdown' | 'html' | 'json',
  { compat = false, packages }: ChangelogFormatOptions = {},
): string {
  if (format === 'html')
    return formatChangelogHtml(changelog, packages === undefined ? [] : [packageSection(packages)]);
  if (format === 'json') {
    const value = changelogValue(changelog, { compat });
    return `${goJson(packages === undefined ? value : { ...value, nodePackages: packageDifferenceValue(packages) }, '  ')}\n`;
  }
  const text = formatChangelogMarkdown(changelog);
  if (packages === undefined) return text;
  return `${text}### ${TITLE}\n\n\`\`\`\n${formatPackageDifference(packages) || 'The same.\n'}\`\`\`\n`;
}
