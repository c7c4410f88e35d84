import type { Manifest } from '../../manifest/index.ts';
import { isNamespaced, typeOf } from './kinds.ts';

interface Form {
  readonly is: (name: string) => boolean;
  /** `must be …` */
  readonly what: string;
}

function matching(pattern: RegExp, longest: number): Form['is'] {
  return (name) => name.length <= longest && pattern.test(name);
}

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Forms of names (Kubernetes' documentation, § Object Names and IDs). */
const PATH_SEGMENT: Form = {
  is: (name) => !['.', '..'].includes(name) && !/[/%]/.test(name),
  what: 'a segment of a path, without / and %',
};
const RFC_1123: Form = {
  is: matching(SUBDOMAIN, 253),
  what: 'of at most 253 small letters, digits, - and ., and begin and end with a letter or digit (RFC 1123)',
};
const LABEL: Form = {
  is: matching(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/, 63),
  what: 'of at most 63 small letters, digits and -, and begin and end with a letter or digit (RFC 1123)',
};
const SERVICE: Form = {
  is: matching(/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/, 63),
  what: 'of at most 63 small letters, digits and -, and begin with a letter (RFC 1035)',
};
/** The jobs that it makes have names of eleven characters more. */
const CRON_JOB: Form = { is: matching(SUBDOMAIN, 52), what: 'a name of RFC 1123, of at most 52 characters' };

/** By `group/Kind`; all others have names of RFC 1123. */
const FORMS: Readonly<Record<string, Form>> = {
  '/Namespace': LABEL,
  '/Service': SERVICE,
  'apiregistration.k8s.io/APIService': PATH_SEGMENT,
  'batch/CronJob': CRON_JOB,
  'certificates.k8s.io/CertificateSigningRequest': PATH_SEGMENT,
  'certificates.k8s.io/ClusterTrustBundle': PATH_SEGMENT,
  // Image streams and others of OpenShift's own servers.
  'image.openshift.io/ImageStream': PATH_SEGMENT,
  'networking.k8s.io/IPAddress': PATH_SEGMENT,
  'rbac.authorization.k8s.io/ClusterRole': PATH_SEGMENT,
  'rbac.authorization.k8s.io/ClusterRoleBinding': PATH_SEGMENT,
  'rbac.authorization.k8s.io/Role': PATH_SEGMENT,
  'rbac.authorization.k8s.io/RoleBinding': PATH_SEGMENT,
};

export interface NameProblem {
  readonly field: string;
  /** `must be …`, `is missing` */
  readonly message: string;
}

/** What is wrong with the name or the namespace of an object of a known kind. */
export function nameProblems(
  manifest: Pick<Manifest, 'group' | 'version' | 'kind' | 'name' | 'namespace'>,
): readonly NameProblem[] {
  if (typeOf(manifest) === undefined) return [];
  const { group, kind, name, namespace } = manifest;
  const form = FORMS[`${group}/${kind}`] ?? RFC_1123;
  const named = form.is(name) ? [] : [{ field: 'metadata.name', message: `must be ${form.what}` }];
  if (!isNamespaced(manifest)) return named;
  if (namespace === '') return [...named, { field: 'metadata.namespace', message: 'is missing' }];
  return LABEL.is(namespace) ? named : [...named, { field: 'metadata.namespace', message: `must be ${LABEL.what}` }];
}
