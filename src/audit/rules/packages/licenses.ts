import type { GoBuild, PackageFacts } from '../../model/index.ts';
import type { Rule } from '../rule.ts';

/** Licences that restrict who may use a program or for what, as headers write them. */
const RESTRICTED =
  /\b(BUSL|BSL-1\.1|SSPL|Elastic-2\.0)|Business Source Licen[cs]e|Server Side Public Licen[cs]e|Commons Clause|Elastic Licen[cs]e|\b(proprietary|commercial)\b/iu;
/** Content that may be passed on and not changed: firmware, mostly. */
const UNCHANGED =
  /no modification permitted|\b(firmware|microcode) only\b|redistribut(able|ion)[^,;]*(without|no) modif/iu;

/** Packages whose content is firmware, which is not there to be changed: the kernel's carry some as well. */
const FIRMWARE = /firmware|microcode|^kernel(-|$)|_ctl$/u;

interface Restriction {
  readonly module: string;
  /** First version under the Business Source License. */
  readonly since: string;
  /** Modules below it that have another licence. */
  readonly except: readonly string[];
}

/** Go modules that were open before (spec audit.md § 2.9). */
const RESTRICTIONS: readonly Restriction[] = [
  { module: 'github.com/hashicorp/terraform', since: 'v1.6.0', except: [] },
  { module: 'github.com/hashicorp/consul', since: 'v1.17.0', except: ['api'] },
  { module: 'github.com/hashicorp/vault', since: 'v1.15.0', except: ['api', 'sdk'] },
  { module: 'github.com/hashicorp/vagrant', since: 'v2.4.0', except: [] },
  { module: 'github.com/hashicorp/nomad', since: 'v1.7.0', except: [] },
  { module: 'github.com/hashicorp/packer', since: 'v1.10.0', except: [] },
  { module: 'github.com/hashicorp/waypoint', since: 'v0.12.0', except: [] },
  { module: 'github.com/hashicorp/boundary', since: 'v0.14.0', except: [] },
  { module: 'github.com/hashicorp/vault-csi-provider', since: 'v1.4.1', except: [] },
  { module: 'github.com/hashicorp/vault-secrets-operator', since: 'v0.2.0', except: [] },
];

/** Numbers of a version of Go's modules; `undefined` for what has none, such as `(devel)`. */
const numbers = (version: string): readonly number[] | undefined =>
  /^v(\d+)\.(\d+)\.(\d+)/u.exec(version)?.slice(1).map(Number);

function notBefore(version: string, since: string): boolean {
  const [own, first] = [numbers(version), numbers(since)];
  if (own === undefined || first === undefined) return false;
  const at = own.findIndex((number, index) => number !== first[index]);
  // A prerelease comes before its release (semver.org § 11).
  return at < 0 ? !version.startsWith(`${since}-`) : (own[at] ?? 0) > (first[at] ?? 0);
}

/** Modules of a program that are not under an open licence in the version that it links. */
export function restrictedModules(
  modules: GoBuild['modules'],
): { readonly path: string; readonly version: string; readonly since: string }[] {
  return modules.flatMap(({ path, version }) => {
    const found = RESTRICTIONS.find(({ module, except }) => {
      if (path === module) return true;
      const below = path.startsWith(`${module}/`) ? path.slice(module.length + 1) : undefined;
      return below !== undefined && !except.some((open) => below === open || below.startsWith(`${open}/`));
    });
    return found !== undefined && notBefore(version, found.since) ? [{ path, version, since: found.since }] : [];
  });
}

const words = ({ license }: PackageFacts): string[] => (license === null ? [] : [`license: ${license}`]);

const restricted: Rule<'package'> = {
  id: 'LIC-001',
  title: 'licence that is not open',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test: (pkg) =>
    RESTRICTED.test(pkg.license ?? '')
      ? { message: `says that its licence is "${pkg.license}", which is not an open one`, evidence: words(pkg) }
      : undefined,
};

const unchanged: Rule<'package'> = {
  id: 'LIC-002',
  title: 'licence that lets content be passed on but not changed',
  subject: 'package',
  severity: 'info',
  fixed: false,
  test: (pkg) =>
    UNCHANGED.test(pkg.license ?? '') && !FIRMWARE.test(pkg.name)
      ? { message: 'says that its content may be passed on but not changed', evidence: words(pkg) }
      : undefined,
};

export const licenseRules: readonly Rule<'package'>[] = [restricted, unchanged];
