/** Where a problem is: enough to find it without reading a stack trace. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly image?: string;
  readonly field?: string;
}

/** 1: judged bad (a verdict). 2: could not be judged, or wrong usage. 130: ended by Ctrl-C, as a shell has it. */
export type ErrorExit = 1 | 2 | 130;

export interface SlipwayErrorOptions {
  /** Where it went wrong. */
  readonly place?: Place;
  /** What the reader can do about it, a full sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Default 2. */
  readonly exitCode?: ErrorExit;
}

/**
 * The one error of the house. `code` is stable (SCREAMING_SNAKE, prefixed by its room, e.g. `OCI_DIGEST_MISMATCH`)
 * and part of the interface; the message says what was wrong.
 */
export class SlipwayError extends Error {
  override readonly name = 'SlipwayError';
  readonly code: string;
  readonly place: Place;
  readonly hint: string | undefined;
  readonly exitCode: ErrorExit;

  constructor(code: string, message: string, options: SlipwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.place = options.place ?? {};
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 2;
  }

  /**
   * `place: message hint [CODE]`, one line for people. What the message itself begins with is not said twice; before a
   * hint it ends with a mark, also where it is another tool's sentence that has none.
   */
  describe(): string {
    const { file, line, image, field } = this.place;
    const place = [image, file, field]
      .filter((part) => part !== undefined && !this.message.startsWith(part))
      .map((part) => (part === file && line !== undefined ? `${file}:${line}` : part))
      .join(': ');
    const end = /[.!?:;]$/.test(this.message) ? ' ' : '. ';
    const hint = this.hint === undefined ? '' : `${end}${this.hint}`;
    return `${place === '' ? '' : `${place}: `}${this.message}${hint} [${this.code}]`;
  }
}

/** The same error, at a place that who threw it did not know; what is no error of the house passes unchanged. */
export function located(error: unknown, place: Place): unknown {
  if (!(error instanceof SlipwayError)) return error;
  return new SlipwayError(error.code, error.message, {
    place: { ...error.place, ...place },
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exitCode: error.exitCode,
    cause: error,
  });
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same as a part of a longer sentence: without the mark at its end. */
export function reasonOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '');
}

/** The `code` of a system error (`ENOENT`, `ENOSPC`, …), if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
