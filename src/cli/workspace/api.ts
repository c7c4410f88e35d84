import { Type } from 'typebox';
import { messageOf, parserOf, SlipwayError } from '../../util/index.ts';

/** Calls the HTTP API of a workspace: `GET` without a body, `POST` with one. Errors are those of the API. */
export type Api = (path: string, body?: unknown) => Promise<unknown>;

interface Answer {
  readonly status: number;
  readonly text: string;
}

const parseProblem = parserOf(
  Type.Object({
    code: Type.String(),
    message: Type.String(),
    hint: Type.Optional(Type.String()),
    refused: Type.Optional(Type.Boolean()),
    place: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
  }),
  'CLI_ANSWER_INVALID',
);

/** What an answer holds; throws the error that it stands for, with code, place and hint. */
function resultOf(path: string, { status, text }: Answer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SlipwayError('CLI_ANSWER_INVALID', `${path} answered ${status} without JSON.`, { cause: error });
  }
  if (status < 400) return value;
  const { code, message, hint, place, refused } = parseProblem(value, { field: path });
  throw new SlipwayError(code, message, {
    ...(place === undefined ? {} : { place }),
    ...(hint === undefined ? {} : { hint }),
    ...(refused === true ? { exitCode: 1 as const } : {}),
  });
}

/** The API of a server in another process. Throws `CLI_SERVER_LOST` when it does not answer. */
export function remoteApi(base: string): Api {
  return async (path, body) => {
    let answer: Answer;
    try {
      const response = await fetch(
        new URL(path, base),
        body === undefined
          ? {}
          : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      );
      answer = { status: response.status, text: await response.text() };
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new SlipwayError('CLI_SERVER_LOST', `the server at ${base} does not answer: ${messageOf(reason)}.`, {
        cause: error,
      });
    }
    return resultOf(path, answer);
  };
}

/** What of a server the API is called through without a network. */
interface Injectable {
  inject(request: {
    method: 'GET' | 'POST';
    url: string;
    headers: { host: string };
    payload?: object;
  }): Promise<{ statusCode: number; body: string }>;
}

/** The API of a server in this process: the same routes, without a network. */
export function localApi(app: Injectable): Api {
  return async (url, body) => {
    const headers = { host: 'localhost' };
    const { statusCode, body: text } = await app.inject(
      body === undefined ? { method: 'GET', url, headers } : { method: 'POST', url, headers, payload: body as object },
    );
    return resultOf(url, { status: statusCode, text });
  };
}
