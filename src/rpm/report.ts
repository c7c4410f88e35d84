import type { RpmDatabase, RpmdbReport, RpmdbReportPackage, RpmKeyring, RpmPackage } from './types.ts';
import { verifyPackage } from './verify.ts';

const NO_KEYS: RpmKeyring = { certificates: [], withId: () => [] };

function reportPackage(pkg: RpmPackage, keyring: RpmKeyring): RpmdbReportPackage {
  const { signature } = verifyPackage(pkg, keyring);
  return {
    name: pkg.name,
    epoch: pkg.epoch,
    version: pkg.version,
    release: pkg.release,
    arch: pkg.arch,
    vendor: pkg.vendor,
    buildHost: pkg.buildHost,
    sourceRpm: pkg.sourceRpm,
    license: pkg.license,
    keyIds: pkg.keyIds,
    headerDigest: pkg.headerDigest,
    // The interface knows four words; a key that can't be used is, for its readers, a key we do not have.
    signature: signature === 'unverifiable' ? 'no-key' : signature,
  };
}

/**
 * What `slipway audit rpmdb FILE --format json` prints. `gpg-pubkey` rows are in it: rpm lists them too, and an imported key
 * is itself a hint. Sorted by NEVRA, so that the same packages give the same bytes whatever the database's format.
 */
export function rpmdbReport(database: RpmDatabase, keyring: RpmKeyring = NO_KEYS): RpmdbReport {
  const sorted = [...database.packages, ...database.keys].sort((a, b) =>
    a.nevra < b.nevra ? -1 : a.nevra > b.nevra ? 1 : 0,
  );
  return { format: database.format, packages: sorted.map((pkg) => reportPackage(pkg, keyring)) };
}
