import { resolve } from 'node:path';
import { Option } from 'commander';

/** `--data DIR`: the workspace, the same on every command that needs one. */
export function dataOption(): Option {
  return new Option('--data <dir>', 'workspace folder')
    .env('SLIPWAY_DATA')
    .default('.slipway')
    .argParser((value: string) => resolve(value));
}

/** Absolute path of a `--data` value, also of the default. */
export function dataFolder(value: string): string {
  return resolve(value);
}
