/** `4.9.1+amd64` as its version without build metadata and the architecture that the build metadata names. */
export function splitBuild(version: string): { readonly core: string; readonly build: string } {
  const plus = version.indexOf('+');
  return plus === -1 ? { core: version, build: '' } : { core: version.slice(0, plus), build: version.slice(plus + 1) };
}
