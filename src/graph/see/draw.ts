/** Text that is safe inside SVG and HTML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * An SVG document that stands alone: it carries its colours for light and dark, and says what it shows to those who do
 * not see it (title, description, and a role). `body` is SVG.
 */
export function svgDocument(
  {
    width,
    height,
    title,
    description,
  }: { readonly width: number; readonly height: number; readonly title: string; readonly description: string },
  body: string,
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d">
<title id="t">${escapeXml(title)}</title>
<desc id="d">${escapeXml(description)}</desc>
<style>${STYLE}</style>
<rect class="page" width="${width}" height="${height}"/>
${body}
</svg>
`;
}

const STYLE = [
  'text{font:13px system-ui,sans-serif;fill:#1b1d21}',
  '.page{fill:#fff}.lane{fill:#f3f4f6}.minor{font-weight:600}.small{font-size:11px;fill:#4b5563}',
  '.box{fill:#fff;stroke:#6b7280}.origin{fill:#dbeafe;stroke:#1d4ed8}',
  '.good{fill:#dcfce7;stroke:#166534}.warn{fill:#fef3c7;stroke:#92400e}.bad{fill:#fee2e2;stroke:#991b1b}.off{fill:#e5e7eb;stroke:#4b5563}',
  '.line{fill:none;stroke:#6b7280}.best{fill:none;stroke:#1d4ed8;stroke-width:2}',
  '@media (prefers-color-scheme:dark){text{fill:#f3f4f6}.page{fill:#111317}.lane{fill:#1b1e24}.small{fill:#c3c8d0}.box{fill:#111317;stroke:#9ca3af}.origin{fill:#1e3a8a;stroke:#93c5fd}.good{fill:#14532d;stroke:#86efac}.warn{fill:#713f12;stroke:#fcd34d}.bad{fill:#7f1d1d;stroke:#fca5a5}.off{fill:#374151;stroke:#9ca3af}.line{stroke:#9ca3af}.best{stroke:#93c5fd}}',
].join('');

/** Class and sign of what an update is: colour is never the only difference. */
export interface Tone {
  readonly name: 'good' | 'warn' | 'bad' | 'off';
  readonly sign: string;
}
