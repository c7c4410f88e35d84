import type { AuditReport, ReportImage } from '../model/index.ts';

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
