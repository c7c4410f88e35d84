import { resolve } from 'node:path';
import { Option } from 'commander';

const DEFAULT = '.slipway';

/** `--data DIR`: the workspace, the same on every command that needs one. */
export function dataOption(): Option {
  return new Option('--data <dir>', 'workspace folder').env('SLIPWAY_DATA').default(DEFAULT);
}

/** Absolute path of a `--data` value. */
export function dataFolder(value: string): string {
  return resolve(value);
}

/** The flag that names a workspace in a command to copy; nothing for the one that is meant without it. */
export function dataFlag(value: string): string {
  return value === (process.env.SLIPWAY_DATA ?? DEFAULT) ? '' : ` --data ${value}`;
}
