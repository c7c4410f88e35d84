/** For tests: packages built, signed and installed by Debian's own rpm tools, as files, as a database and as a repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOOLS = ['rpmbuild', 'rpmsign', 'rpm', 'gpg', 'rpm2archive', 'createrepo_c'];
const missing = TOOLS.find((tool) => !existsSync(`/usr/bin/${tool}`));
/** Reason to skip a test that needs the tools, or false where they are. */
export const rpmToolsMissing = missing === undefined ? false : `${missing} is not installed`;

export interface BuiltSpec {
  readonly name: string;
  readonly vendor: string;
  /** Owner of the key that signs it; undefined: unsigned. */
  readonly signer?: string;
  /** Lines of %install and of %files. */
  readonly install: readonly string[];
  readonly files: readonly string[];
}

const spec = ({ name, vendor, install, files }: BuiltSpec): string => `Name: ${name}
Epoch: 1
Version: 1.0
Release: 1.el9
Summary: Fixture
License: MIT
Vendor: ${vendor}
%description
fixture
%install
${install.join('\n')}
%files
${files.join('\n')}
`;

export class BuiltRpms {
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-built-'));

  /** A file below the work folder. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  run(tool: string, ...args: readonly string[]): string {
    return execFileSync(tool, args, {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C.UTF-8', GNUPGHOME: this.path('gnupg') },
    });
  }

  /** Makes a signing key; returns its public half in armor. */
  key(owner: string): string {
    if (!existsSync(this.path('gnupg'))) mkdirSync(this.path('gnupg'), { mode: 0o700 });
    this.run('gpg', '--batch', '--passphrase', '', '--quick-gen-key', owner, 'rsa2048', 'sign', 'never');
    return this.run('gpg', '--armor', '--export', owner);
  }

  /** Builds and signs a package; returns the path of its file. */
  build(built: BuiltSpec): string {
    writeFileSync(this.path(`${built.name}.spec`), spec(built));
    const define = (text: string): string[] => ['--define', text];
    this.run(
      'rpmbuild',
      '-bb',
      '--quiet',
      '--target',
      'x86_64',
      ...define(`_topdir ${this.folder}`),
      ...define('_buildshell /bin/bash'),
      ...define('_build_id_links none'),
      ...define('debug_package %{nil}'),
      ...define('__os_install_post %{nil}'),
      ...define('_buildhost builder.example.invalid'),
      `${built.name}.spec`,
    );
    const file = this.path('RPMS', 'x86_64', `${built.name}-1.0-1.el9.x86_64.rpm`);
    if (built.signer !== undefined) {
      this.run('rpmsign', '--addsign', ...define(`_gpg_name ${built.signer}`), ...define('__gpg /usr/bin/gpg'), file);
    }
    return file;
  }

  /** The database (`rpmdb.sqlite`) of a system with these packages. */
  database(name: string, files: readonly string[]): Buffer {
    mkdirSync(this.path(name));
    const options = ['--dbpath', this.path(name), '--define', '_db_backend sqlite'];
    this.run('rpm', ...options, '-i', '--justdb', '--nodeps', '--nosignature', ...files);
    return readFileSync(this.path(name, 'rpmdb.sqlite'));
  }

  /** Regular files of a package file's payload: path ► content. */
  payload(file: string): Record<string, Buffer> {
    const folder = this.path('payload');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    this.run('rpm2archive', '-n', file);
    this.run('tar', '-C', folder, '-xf', `${file}.tar`);
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return Object.fromEntries(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path.slice(folder.length + 1), readFileSync(path)]),
    );
  }

  remove(): void {
    if (existsSync(this.path('gnupg'))) this.run('gpgconf', '--kill', 'all');
    rmSync(this.folder, { recursive: true });
  }
}
