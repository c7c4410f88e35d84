import { Type } from 'typebox';
import { parserOf, readJson } from '../../util/index.ts';
import type { Collector } from './collector.ts';

const parseLabels = parserOf(Type.Record(Type.String(), Type.Unknown()), 'AUDIT_LABELS_INVALID');

/** `labels.json` stands beside the content manifests and is none. */
const LABELS = /(^|\/)(root|usr\/share)\/buildinfo\/labels\.json$/u;

export const labelFileCollector: Collector<'labelFiles'> = {
  sort: 'labelFiles',
  limit: 1024 * 1024,
  wants: (path) => LABELS.test(path),
  read(path, content) {
    const labels = parseLabels(readJson(content.toString('utf8')), { file: path });
    const texts = Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    return [{ path, labels: Object.fromEntries(texts) }];
  },
};

const PackageRow = Type.Tuple([
  Type.String(),
  Type.Union([Type.String(), Type.Integer(), Type.Null()]),
  Type.String(),
  Type.String(),
  Type.String(),
]);
const parseMeta = parserOf(
  Type.Object({ 'rpmdb.pkglist': Type.Optional(Type.Array(PackageRow)) }),
  'AUDIT_PACKAGE_LIST_INVALID',
);

const META = /(^|\/)usr\/share\/openshift\/base\/meta\.json$/u;

/** What the build of a node image writes of its own packages (name, epoch, version, release, architecture). */
export const packageListCollector: Collector<'packageLists'> = {
  sort: 'packageLists',
  limit: 8 * 1024 * 1024,
  wants: (path) => META.test(path),
  read(path, content) {
    const { 'rpmdb.pkglist': rows } = parseMeta(readJson(content.toString('utf8')), { file: path });
    if (rows === undefined) return [];
    const packages = rows.map(([name, epoch, version, release, arch]) => {
      const given = epoch === null || `${epoch}` === '0' || epoch === '' ? '' : `${epoch}:`;
      return `${name}-${given}${version}-${release}.${arch}`;
    });
    return [{ path, packages: packages.sort() }];
  },
};
