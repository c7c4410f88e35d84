import { certificateCollector } from './certificates.ts';
import type { Collector } from './collector.ts';
import { contentManifestCollector } from './content-manifests.ts';
import { dockerfileCollector } from './dockerfiles.ts';
import { osReleaseCollector } from './os-release.ts';
import { repositoryCollector } from './repositories.ts';

/** All collectors of small files. The RPM databases have their own reader: `facts/rpmdb.ts`. */
export const COLLECTORS: readonly Collector[] = [
  osReleaseCollector,
  repositoryCollector,
  contentManifestCollector,
  dockerfileCollector,
  certificateCollector,
];

export type { Collector, EvidenceSort } from './collector.ts';
