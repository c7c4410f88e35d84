import { Type } from 'typebox';
import { type Place, parserOf, readJson, SlipwayError } from '../../../util/index.ts';
import type { Answer } from './answer.ts';
import { seconds, wholeBody } from './stall.ts';

const LARGEST_JSON = 16 << 20;
const LARGEST_ERROR = 64 << 10;
const SHOWN = 300;
/** Milliseconds for the next bytes of lists, tokens and complaints. */
const SMALL = 60_000;

/** The JSON of an answer, at most 16 MiB. Throws `OCI_REGISTRY_PROTOCOL`, `OCI_TOO_LARGE`. */
export async function jsonOf(answer: Answer, place: Place & { readonly image: string }): Promise<unknown> {
  const bytes = await wholeBody(answer, LARGEST_JSON, SMALL, place.image);
  try {
    return readJson(bytes.toString('utf8'));
  } catch (error) {
    throw new SlipwayError('OCI_REGISTRY_PROTOCOL', 'the registry answered with something that is not JSON.', {
      place,
      cause: error,
    });
  }
}

const parseErrors = parserOf(
  Type.Object({ errors: Type.Array(Type.Object({ code: Type.String(), message: Type.Optional(Type.String()) })) }),
  'OCI_REGISTRY_PROTOCOL',
);

/** What a registry says about a failure: the errors of the distribution API, or the beginning of any text. */
async function complaint(answer: Answer, image: string): Promise<string> {
  let text: string;
  try {
    text = (await wholeBody(answer, LARGEST_ERROR, SMALL, image)).toString('utf8').trim();
  } catch {
    // The status is what counts; why its text could not be read would only hide it.
    return '';
  }
  try {
    text = parseErrors(readJson(text))
      .errors.map(({ code, message }) => `${code} ${message ?? ''}`.trim())
      .join('; ');
  } catch {
    // Not every server in front of a registry speaks its language.
  }
  return text.slice(0, SHOWN);
}

/** Turns an answer of any status but the expected ones into an error. */
export async function expectStatus(answer: Answer, statuses: readonly number[], image: string): Promise<void> {
  if (statuses.includes(answer.status)) return;
  const text = await complaint(answer, image);
  const said = text === '' ? `${answer.status}` : `${answer.status}: ${text}`;
  const place = { image };
  if (answer.status === 401 || answer.status === 403) {
    throw new SlipwayError('OCI_UNAUTHORIZED', `the registry refuses access (${said}).`, {
      place,
      hint: 'It may not exist, or needs a login: `podman login`, or an auth file named by REGISTRY_AUTH_FILE.',
    });
  }
  const after = retryAfter(answer);
  const passing = answer.status === 429 || answer.status >= 500;
  throw new SlipwayError(
    passing ? 'OCI_REGISTRY_UNAVAILABLE' : 'OCI_REGISTRY_FAILED',
    `the registry answered ${said}.`,
    after === undefined ? { place } : { place, hint: `It asks to be left alone for ${seconds(after)}.` },
  );
}

/** Milliseconds that a registry asks to be left alone for (RFC 9110 § 10.2.3: seconds, or a date). */
export function retryAfter(answer: Answer, now = Date.now()): number | undefined {
  const stated = answer.header('retry-after') ?? '';
  const after = /^\d+$/.test(stated) ? Number(stated) * 1000 : Date.parse(stated) - now;
  return after > 0 ? after : undefined;
}
