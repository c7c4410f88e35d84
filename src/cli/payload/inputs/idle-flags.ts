import { note } from '../../output.ts';

/** A flag that was given, and whether what it serves was. */
export interface Idle {
  readonly flag: string;
  readonly given: boolean;
  /** Flags of which one gives it something to do. */
  readonly serves: readonly string[];
  readonly served: boolean;
}

/** Flags that have nothing to do are said: whoever gave them meant something else. They do no harm, as in oc. */
export function tellIdle(flags: readonly Idle[]): void {
  for (const { flag, given, serves, served } of flags)
    if (given && !served) note(`warning: ${flag} has no effect without ${serves.join(' or ')}.`);
}

/** `--rpmdb-image`, `--rpmdb-cache` of a verb whose packages are asked for by these flags. */
export function idlePackageFlags(
  { rpmdbImage, rpmdbCache }: { readonly rpmdbImage?: string; readonly rpmdbCache?: string },
  serves: readonly string[],
  served: boolean,
): readonly Idle[] {
  return [
    { flag: '--rpmdb-image', given: rpmdbImage !== undefined, serves, served },
    { flag: '--rpmdb-cache', given: rpmdbCache !== undefined, serves, served },
  ];
}

/** `--git`, `--forge`, `--forge-cache` of a verb that asks for commits only with these flags. */
export function idleCommitFlags(
  flags: { readonly git: readonly string[]; readonly forge: readonly string[]; readonly forgeCache?: string },
  serves: readonly string[],
  served: boolean,
): readonly Idle[] {
  return [
    { flag: '--git', given: flags.git.length > 0, serves, served },
    { flag: '--forge', given: flags.forge.length > 0, serves, served },
    {
      flag: '--forge-cache',
      given: flags.forgeCache !== undefined,
      serves: ['--forge'],
      served: flags.forge.length > 0,
    },
  ];
}
