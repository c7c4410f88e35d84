import type { Command } from 'commander';

/** The options of every command that asks a registry. */
export function registryOptions(command: Command): Command {
  return command
    .option('--insecure', 'allow plain HTTP (loopback registries are always asked over it)')
    .option('-a, --registry-config <file>', 'credentials file');
}
