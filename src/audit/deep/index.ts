export { checkFiles } from './check.ts';
export { type PackageFiles, packageFilesOf, parsePackageFiles } from './package-files.ts';
