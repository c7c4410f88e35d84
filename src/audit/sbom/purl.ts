/** Package URLs (ECMA-427), as far as the audit writes them. */
export interface PurlParts {
  readonly type: string;
  readonly namespace?: string | null;
  readonly name: string;
  readonly version?: string | null;
  /** Pairs without a value are left out. */
  readonly qualifiers?: Readonly<Record<string, string | null | undefined>>;
}

/**
 * Everything but letters, digits, `.-_~` and the colon is encoded (§ Character encoding); `encodeURIComponent` leaves
 * five marks more and encodes the colon. A lone surrogate, which no octets stand for, becomes U+FFFD.
 */
const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replaceAll('%3A', ':')
    .replace(/[!'()*]/gu, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);

const trimSlashes = (text: string): string => text.replace(/^\/+|\/+$/gu, '');

/** The canonical form: lower-case type, qualifiers sorted, no empty part (§ Rules for each PURL component). Pure. */
export function purl({ type, namespace, name, version, qualifiers = {} }: PurlParts): string {
  const segments = (namespace ?? '').split('/').filter((segment) => segment !== '');
  const path = [...segments, trimSlashes(name)].map(encode).join('/');
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key.toLowerCase()}=${encode(String(value))}`)
    .sort();
  return [
    `pkg:${type.toLowerCase()}/${path}`,
    version ? `@${encode(version)}` : '',
    query.length > 0 ? `?${query.join('&')}` : '',
  ].join('');
}

/** Header vendors ► namespace; "the namespace is the vendor" (PURL type rpm, § Namespace definition). */
const NAMESPACES: readonly (readonly [RegExp, string])[] = [
  [/^centos\b/iu, 'centos'],
  [/^red hat\b/iu, 'redhat'],
  [/^fedora copr\b/iu, 'copr'],
  [/^fedora\b/iu, 'fedora'],
  [/^rocky\b/iu, 'rocky'],
  [/^almalinux\b/iu, 'almalinux'],
  [/^suse\b/iu, 'suse'],
  [/^opensuse\b/iu, 'opensuse'],
  [/^microsoft\b/iu, 'microsoft'],
];

export interface RpmPurl {
  readonly name: string;
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
  readonly arch: string | null;
  readonly vendor: string | null;
  readonly sourceRpm: string | null;
  /** Of the image that it is installed in. */
  readonly os: { readonly id: string; readonly versionId: string } | null;
  /** Id of the repository that it was installed from. */
  readonly repository: string | null;
}

/**
 * `pkg:rpm/centos/openssl-libs@3.0.7-28.el9?arch=x86_64&distro=centos-9&…` (spec audit.md § 6.5). The namespace is the
 * packager, who need not be that of the image; undefined when neither is known, since the type requires one.
 */
export function rpmPurl(pkg: RpmPurl): string | undefined {
  const { vendor, os } = pkg;
  const namespace = NAMESPACES.find(([known]) => vendor !== null && known.test(vendor))?.[1] ?? os?.id ?? '';
  if (namespace === '' || trimSlashes(pkg.name) === '') return undefined;
  return purl({
    type: 'rpm',
    namespace: namespace.toLowerCase(),
    name: pkg.name,
    version: `${pkg.version}-${pkg.release}`,
    qualifiers: {
      arch: pkg.arch,
      epoch: pkg.epoch === null || pkg.epoch === 0 ? null : String(pkg.epoch),
      distro: os && os.id !== '' ? [os.id, os.versionId].filter((part) => part !== '').join('-') : null,
      upstream: pkg.sourceRpm,
      repository_id: pkg.repository,
    },
  });
}

/**
 * `pkg:oci/scos-content@sha256:…?arch=amd64&repository_url=quay.io%2Fokd%2Fscos-content`: the name is the last part of
 * the repository's (PURL type oci).
 */
export function ociPurl(repository: string, digest: string, architecture: string | null): string {
  return purl({
    type: 'oci',
    name: (repository.split('/').at(-1) ?? repository).toLowerCase(),
    version: digest,
    qualifiers: { arch: architecture, repository_url: repository },
  });
}

/** `pkg:golang/golang.org/x/net@v0.30.0`; names of modules are lower-case here (PURL type golang). */
export function golangPurl(path: string, version: string | null): string {
  const at = path.lastIndexOf('/');
  return purl({
    type: 'golang',
    namespace: at < 0 ? null : path.slice(0, at).toLowerCase(),
    name: path.slice(at + 1).toLowerCase(),
    version,
  });
}
