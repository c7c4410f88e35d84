export { packageCache } from './cache.ts';
export {
  diffPackages,
  formatPackageDifference,
  formatPackageDifferenceJson,
  formatPackages,
  formatPackagesJson,
  type PackageDifference,
  packageDifferenceValue,
  packageVersions,
} from './diff.ts';
export { type NodePackages, nodePackages } from './read.ts';
