import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Debian packages the tests use as real counterparts, and the file that shows that one is there. */
const TOOLS: readonly { readonly package: string; readonly file: string; readonly for: string }[] = [
  { package: 'skopeo', file: '/usr/bin/skopeo', for: 'pull, signature policy' },
  { package: 'buildah', file: '/usr/bin/buildah', for: 'rebuilding the example images' },
  { package: 'podman', file: '/usr/bin/podman', for: 'pull' },
  { package: 'docker-registry', file: '/usr/bin/docker-registry', for: 'the external registry' },
  { package: 'postgresql', file: '/usr/share/doc/postgresql', for: 'the external database' },
  { package: 'rpm', file: '/usr/bin/rpmbuild', for: 'package cross-checks' },
  { package: 'createrepo-c', file: '/usr/bin/createrepo_c', for: 'rebuilding the example images' },
  { package: 'dnf', file: '/usr/bin/dnf', for: 'rebuilding the example images' },
  { package: 'busybox-static', file: '/usr/share/doc/busybox-static', for: 'rebuilding the example images' },
  { package: 'gnupg', file: '/usr/bin/gpg', for: 'signature cross-checks' },
  { package: 'chromium', file: '/usr/bin/chromium', for: 'the walk over the pages' },
  { package: 'nginx-light', file: '/usr/sbin/nginx', for: 'benchmarks' },
];

function apt(args: readonly string[]): boolean {
  const result = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return result.status === 0;
}

/**
 * Installs, on Debian and as root, what the tests need beside Node. Elsewhere it only says which checks will be
 * skipped: the tests look for their tools themselves.
 */
export async function prepareTestTools(): Promise<void> {
  const missing = TOOLS.filter((tool) => !existsSync(tool.file));
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.package);
  const able = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (able) {
    process.stderr.write(`# installing Debian packages for the tests: ${names.join(' ')}\n`);
    apt(['update', '-qq']);
    if (apt(['install', '-y', '-qq', '--no-install-recommends', ...names])) return;
  }
  const why = able ? 'their installation failed' : 'this is not root on Debian';
  process.stderr.write(
    `# ${why}; checks that need these are skipped:\n${missing
      .filter((tool) => !existsSync(tool.file))
      .map((tool) => `#   ${tool.package}: ${tool.for}\n`)
      .join('')}`,
  );
}
