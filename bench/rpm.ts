// How fast an rpmdb of 5,000 packages (about 100 MiB) is read and its signatures verified, beside one plain SHA-256 pass
// over the same bytes. Run: node bench/rpm.ts
import { createHash } from 'node:crypto';
import { packagedFiles, parseKeyring, readRpmdb, verifyPackage } from '../src/rpm/index.ts';
import { forgeSqlite } from '../src/rpm/testing/forge-database.ts';
import { forgedBuild, forgeInstalled } from '../src/rpm/testing/forge-header.ts';
import { forgeCertificate, forgeKey } from '../src/rpm/testing/forge-openpgp.ts';

const PACKAGES = 5000;
const key = forgeKey('rsa4096');
const keyring = parseKeyring([forgeCertificate(key)]);
const blobs = Array.from({ length: PACKAGES }, (_, each) =>
  forgeInstalled(new Map([...forgedBuild(`package-${each}`), [1080, 'change '.repeat(2700)]]), [key]),
);
const main = forgeSqlite(blobs);

function measure<T>(what: string, run: () => T): T {
  const start = performance.now();
  const result = run();
  console.log(`${(performance.now() - start).toFixed(0).padStart(6)} ms  ${what}`);
  return result;
}

console.log(`${PACKAGES} packages, ${(main.length / 2 ** 20).toFixed(0)} MiB, RSA-4096`);
for (const round of ['first', 'second']) {
  console.log(`${round} round`);
  measure('plain SHA-256 over the file', () => createHash('sha256').update(main).digest());
  const { packages } = measure('read the database', () => readRpmdb(main));
  measure('recompute the header digests', () => packages.forEach((pkg) => void pkg.headerDigest));
  const good = measure('verify the signatures', () =>
    packages.filter((pkg) => verifyPackage(pkg, keyring).signature === 'ok'),
  );
  measure('list the files', () => packages.reduce((files, pkg) => files + packagedFiles(pkg.header).length, 0));
  if (good.length !== PACKAGES) throw new Error(`only ${good.length} of ${PACKAGES} signatures were right`);
}
console.log(`${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB resident`);
