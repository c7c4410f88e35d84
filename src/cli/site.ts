import { resolve } from 'node:path';
import { Command } from 'commander';
import { dataFolder, dataOption } from './data.ts';
import { type Format, formatOption, note, print } from './output.ts';

export function siteCommand(): Command {
  const site = new Command('site').description('The site of a workspace.');
  site
    .command('export')
    .description('Writes the site as static files that any web server can serve.')
    .requiredOption('--to <dir>', 'folder to write to')
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway site export --to ./public')
    .action(async (options: { data: string; to: string; format: Format }) => {
      const { openService } = await import('./workspace/service.ts');
      const { exportSite } = await import('../server/index.ts');
      const service = await openService({
        data: dataFolder(options.data),
        purpose: 'look',
        unlisted: true,
        site: true,
        say: note,
      });
      try {
        const files = await exportSite(service.app, resolve(options.to));
        print(options.format, { files, to: resolve(options.to) }, () => `${files} files in ${resolve(options.to)}`);
      } finally {
        await service.close();
      }
    });
  return site;
}
