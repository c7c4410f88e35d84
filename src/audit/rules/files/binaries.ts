import type { GoBuild } from '../../model/index.ts';
import { restrictedModules } from '../packages/licenses.ts';
import type { Rule } from '../rule.ts';

/** CPE 2.2 and 2.3 names of the vendor's systems and products. */
const REDHAT_CPE = /^cpe:(\/|2\.3:)[ao]:redhat:/u;
/** Builds of Go by the vendor carry this in their version (spec audit.md § 2.9). */
const REDHAT_GO = /\(Red Hat /u;

const foreignNote: Rule<'program'> = {
  id: 'BIN-002',
  title: 'program built for a package of RHEL that the image does not have',
  subject: 'program',
  severity: 'deny',
  fixed: false,
  test({ binary: { note }, accounted }) {
    if (note === null || accounted || !REDHAT_CPE.test(note.osCpe ?? '')) return undefined;
    return {
      message: `says that it was built for ${note.type} package ${note.name} ${note.version}, which the image does not have`,
      evidence: [
        `operating system: ${note.osCpe}`,
        ...(note.architecture === null ? [] : [`architecture: ${note.architecture}`]),
      ],
    };
  },
};

const vendorToolchain: Rule<'program'> = {
  id: 'BIN-003',
  title: 'program of Go that was built with a toolchain of RHEL',
  subject: 'program',
  severity: 'info',
  fixed: false,
  test({ binary: { go } }) {
    if (go === null || !REDHAT_GO.test(go.version)) return undefined;
    return { message: 'was built with a Go toolchain of RHEL', evidence: [`toolchain: ${go.version}`, ...mainOf(go)] };
  },
};

const mainOf = ({ path }: GoBuild): string[] => (path === null ? [] : [`main package: ${path}`]);

const restrictedModule: Rule<'program'> = {
  id: 'LIC-001',
  title: 'licence that is not open',
  subject: 'program',
  severity: 'deny',
  fixed: false,
  test({ binary: { go } }) {
    const found = go === null ? [] : restrictedModules(go.modules);
    if (go === null || found.length === 0) return undefined;
    return {
      message: `links ${found.map(({ path }) => path).join(', ')}, which is not under an open licence in that version`,
      evidence: [
        ...found.map(({ path, version, since }) => `${path} ${version}: Business Source License since ${since}`),
        ...mainOf(go),
      ],
    };
  },
};

export const programRules: readonly Rule<'program'>[] = [foreignNote, restrictedModule, vendorToolchain];
