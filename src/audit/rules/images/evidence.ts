import { REPOSITORIES } from '../../data/index.ts';
import type { Policy } from '../../model/index.ts';
import { type Standing, standing } from '../../patterns/index.ts';
import type { Rule } from '../rule.ts';

/**
 * How a repository stands to the policy. An id that neither of its lists names and that is publicly known to take a
 * subscription is denied.
 */
function standingOf(policy: Policy, id: string, urls: readonly string[] = []): Standing {
  const stands = standing(policy.repositories, [id, ...urls]);
  return stands === 'unknown' && REPOSITORIES.classOf(id) === 'entitled' ? 'deny' : stands;
}

/** Names of ostree's objects are hard links, which may be in another layer: such a database need not be hidden. */
const OSTREE_OBJECT = /(^|\/)ostree\/repo\/objects\//u;

const hiddenPackages: Rule<'rpmdb'> = {
  id: 'RPM-013',
  title: 'packages that a reader of the database file alone does not see',
  subject: 'rpmdb',
  severity: 'deny',
  fixed: false,
  test({ path, named, logChanges, journal, packages }) {
    const unnamed = !named && packages.length > 0 && !OSTREE_OBJECT.test(path);
    const signs = [
      ...(logChanges.length > 0
        ? [
            `the write-ahead log beside ${path} changes ${logChanges.length} packages that a reader of the file alone does not see`,
          ]
        : []),
      ...(journal === null
        ? []
        : [`the rollback journal ${journal} was never played back: what ${path} lists is not settled`]),
      ...(unnamed
        ? [`${path} is an RPM database of ${packages.length} packages under a name where rpm does not look`]
        : []),
    ];
    if (signs.length === 0) return undefined;
    return {
      message: signs.join('; '),
      evidence: [...logChanges, ...(unnamed ? packages.map(({ nevra }) => nevra) : [])],
    };
  },
};

const deniedRepository: Rule<'repository'> = {
  id: 'REPO-001',
  title: 'denied repository enabled',
  subject: 'repository',
  severity: 'deny',
  fixed: false,
  test(repository, policy) {
    if (!repository.enabled || standingOf(policy, repository.id, repository.urls) !== 'deny') return undefined;
    return {
      message: `the repository "${repository.id}" is enabled`,
      evidence: [`file: ${repository.path}`, ...repository.urls.map((url) => `url: ${url}`)],
    };
  },
};

const uncheckedRepository: Rule<'repository'> = {
  id: 'REPO-003',
  title: 'repository enabled without signature or TLS check',
  subject: 'repository',
  severity: 'warn',
  fixed: false,
  test(repository) {
    if (!repository.enabled || (repository.gpgcheck && repository.sslverify)) return undefined;
    const off = [...(repository.gpgcheck ? [] : ['gpgcheck=0']), ...(repository.sslverify ? [] : ['sslverify=0'])];
    return {
      message: `the repository "${repository.id}" is enabled with ${off.join(' and ')}`,
      evidence: [`file: ${repository.path}`, ...repository.urls.map((url) => `url: ${url}`)],
    };
  },
};

const unknownRepository: Rule<'repository'> = {
  id: 'REPO-004',
  title: 'repository enabled that the policy does not know',
  subject: 'repository',
  severity: 'info',
  fixed: false,
  test(repository, policy) {
    if (!repository.enabled || standingOf(policy, repository.id, repository.urls) !== 'unknown') return undefined;
    return {
      message: `the policy does not know the repository "${repository.id}", which is enabled`,
      evidence: [`file: ${repository.path}`, ...repository.urls.map((url) => `url: ${url}`)],
    };
  },
};

const deniedHistory: Rule<'dnfHistory'> = {
  id: 'REPO-002',
  title: 'denied repository in the history of dnf',
  subject: 'dnfHistory',
  severity: 'warn',
  fixed: false,
  test({ path, packages, transactions }, policy) {
    const denied = packages.filter(
      ({ repository }) => repository !== null && standingOf(policy, repository) === 'deny',
    );
    if (denied.length === 0) return undefined;
    const ids = [...new Set(denied.map(({ repository }) => repository ?? ''))].sort();
    const commands = transactions.filter(({ id }) => denied.some(({ transaction }) => transaction === id));
    return {
      message: `${denied.length} packages came from ${ids.join(', ')}, by dnf's own history`,
      evidence: [
        `file: ${path}`,
        ...commands.map(({ commandLine }) => `command: ${commandLine ?? 'not recorded'}`),
        ...denied.map(({ nevra, repository }) => `${nevra} from ${repository}`),
      ],
    };
  },
};

const unexpectedOs: Rule<'osRelease'> = {
  id: 'OS-001',
  title: 'unexpected os-release id',
  subject: 'osRelease',
  severity: 'deny',
  fixed: false,
  test(osRelease, policy) {
    const stands = standing(policy.osRelease, [osRelease.id]);
    if (stands === 'allow' || (stands === 'unknown' && policy.osRelease.allow.length === 0)) return undefined;
    return {
      message: `os-release says "${osRelease.id}"`,
      evidence: [`file: ${osRelease.path}`, `name: ${osRelease.name}`, `version: ${osRelease.versionId}`],
    };
  },
};

const deniedContentSet: Rule<'contentManifest'> = {
  id: 'ICM-001',
  title: 'content manifest names a denied content set',
  subject: 'contentManifest',
  severity: 'deny',
  fixed: false,
  test(manifest, policy) {
    const denied = manifest.contentSets.filter((set) => standing(policy.contentSets, [set]) === 'deny');
    if (denied.length === 0) return undefined;
    return {
      message: `the content manifest names ${denied.length} denied of ${manifest.contentSets.length} content sets`,
      evidence: [`file: ${manifest.path}`, ...denied.map((set) => `content set: ${set}`)],
    };
  },
};

const otherContentSets: Rule<'contentManifest'> = {
  id: 'ICM-002',
  title: 'content manifest names content sets that the policy does not allow',
  subject: 'contentManifest',
  severity: 'warn',
  fixed: false,
  test(manifest, policy) {
    // Words that are known to lie: builders write ids of RHEL for content of UBI (spec audit.md § 2.7).
    const others = manifest.contentSets.filter((set) => standing(policy.contentSets, [set]) === 'unknown');
    if (others.length === 0 || policy.contentSets.allow.length === 0) return undefined;
    return {
      message: `the content manifest names ${others.length} of ${manifest.contentSets.length} content sets that the policy does not allow`,
      evidence: [`file: ${manifest.path}`, ...others.map((set) => `content set: ${set}`)],
    };
  },
};

const subscriptionCertificate: Rule<'certificate'> = {
  id: 'ENT-001',
  title: 'entitlement or consumer certificate or key',
  subject: 'certificate',
  severity: 'deny',
  fixed: true,
  test(certificate) {
    if (certificate.kind === 'product') return undefined;
    return {
      message: `the layer holds ${certificate.privateKey ? 'the private key' : 'a file'} of a subscription (${certificate.kind}); whoever pulls the image has it`,
      evidence: [
        `file: ${certificate.path}`,
        `sha256: ${certificate.sha256}`,
        ...(certificate.subject === '' ? [] : [`subject: ${certificate.subject}`]),
        ...(certificate.issuer === '' ? [] : [`issuer: ${certificate.issuer}`]),
      ],
    };
  },
};

const productCertificate: Rule<'certificate'> = {
  id: 'ENT-003',
  title: 'product certificate',
  subject: 'certificate',
  severity: 'info',
  fixed: false,
  test(certificate) {
    if (certificate.kind !== 'product') return undefined;
    return {
      message: `the layer holds the product certificate ${certificate.path}`,
      evidence: [`subject: ${certificate.subject}`, `issuer: ${certificate.issuer}`, `sha256: ${certificate.sha256}`],
    };
  },
};

export const rpmdbRules: readonly Rule<'rpmdb'>[] = [hiddenPackages];
export const repositoryRules: readonly Rule<'repository'>[] = [
  deniedRepository,
  uncheckedRepository,
  unknownRepository,
];
export const dnfHistoryRules: readonly Rule<'dnfHistory'>[] = [deniedHistory];
export const osReleaseRules: readonly Rule<'osRelease'>[] = [unexpectedOs];
export const contentManifestRules: readonly Rule<'contentManifest'>[] = [deniedContentSet, otherContentSets];
export const certificateRules: readonly Rule<'certificate'>[] = [subscriptionCertificate, productCertificate];
