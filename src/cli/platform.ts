import { messageOf, SlipwayError } from '../util/errors.ts';

/** The regular expression of `--filter-by-os`, as oc has it; throws `CLI_USAGE` for what is none. */
export function platformFilter(text: string | undefined): RegExp | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new SlipwayError(
      'CLI_USAGE',
      `--filter-by-os was not a valid regular expression: ${messageOf(cause).replace('Invalid regular expression: ', '')}.`,
      { cause, hint: 'It is compared with os/architecture[/variant], as linux/arm64.' },
    );
  }
}
