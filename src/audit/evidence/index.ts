import { certificateCollector } from './certificates.ts';
import type { Collector } from './collector.ts';
import { contentManifestCollector } from './content-manifests.ts';
import { dockerfileCollector } from './dockerfiles.ts';
import { labelFileCollector, packageListCollector } from './node-image.ts';
import { osReleaseCollector } from './os-release.ts';
import { repositoryCollector } from './repositories.ts';
import { residueCollector } from './residues.ts';

/** All collectors of small files. RPM databases and programs have their own readers: `facts/layer/databases.ts`, `programs/binaries.ts`. */
export const COLLECTORS: readonly Collector[] = [
  osReleaseCollector,
  repositoryCollector,
  contentManifestCollector,
  dockerfileCollector,
  labelFileCollector,
  packageListCollector,
  certificateCollector,
  residueCollector,
];

/** Every path that a collector wants has one of these in it: a layer has too many paths to ask each collector for each. */
const TELLING = /os-release$|\.repo$|buildinfo\/|\/pki\/|\.pem$|rhsm|secrets\/|base\/meta\.json$/u;

const NONE: readonly Collector[] = [];

/** The collectors that want a file; more than one may (a repository file among a host's secrets). */
export function collectorsOf(path: string, size: number): readonly Collector[] {
  return TELLING.test(path) ? COLLECTORS.filter((collector) => collector.wants(path, size)) : NONE;
}

export type { Collector, EvidenceSort } from './collector.ts';
export { readDnfHistory } from './dnf-history.ts';
export { BINARY_START, BinaryScan } from './programs/binaries.ts';
export { ELF_MAGIC_LENGTH, isElf } from './programs/elf.ts';
