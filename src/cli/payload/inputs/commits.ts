import type { Command } from 'commander';
import type { CommitSource } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { isFolder } from '../../../util/files.ts';
import { collect } from '../../input.ts';

export interface CommitFlags {
  readonly git: readonly string[];
  readonly forge: readonly string[];
  readonly forgeCache?: string;
}

/** Where commits come from. Without these nothing is asked, and a changelog links to them only. */
export function commitOptions(command: Command): Command {
  return command
    .option('--git <folder>', 'folder with local clones, `host/owner/name` below it; may be repeated', collect, [])
    .option(
      '--forge <[host=]url>',
      'GitHub-compatible API to ask for commits, e.g. https://api.github.com; may be repeated; SLIPWAY_FORGE_TOKEN is sent to it',
      collect,
      [],
    )
    .option('--forge-cache <folder>', 'keep what the forge told');
}

/** The sources that were named, clones before forges; undefined for none. Throws `CLI_USAGE`. */
export async function commitSource(flags: CommitFlags): Promise<CommitSource | undefined> {
  const { clonesIn, firstOf, forgeAt } = await import('../../../payload/index.ts');
  const { SLIPWAY_FORGE_TOKEN: token } = process.env;
  const forges = flags.forge.map((text) => {
    const [, host, api = ''] = /^(?:([^=/]+)=)?(.*)$/.exec(text) ?? [];
    if (!/^https?:\/\//.test(api) || !URL.canParse(api)) {
      throw new SlipwayError('CLI_USAGE', `--forge "${text}" is no URL of an API, nor host=URL.`, {
        hint: 'For GitHub: --forge https://api.github.com',
      });
    }
    return forgeAt({
      api,
      ...(host === undefined ? {} : { host }),
      ...(token === undefined || token === '' ? {} : { token }),
      ...(flags.forgeCache === undefined ? {} : { cache: flags.forgeCache }),
    });
  });
  const sources = [...flags.git.map((folder) => clonesIn(folder)), ...forges];
  for (const folder of flags.git)
    if (!(await isFolder(folder))) process.stderr.write(`warning: --git ${folder}: there is no such folder.\n`);
  return sources.length === 0 ? undefined : firstOf(sources);
}
