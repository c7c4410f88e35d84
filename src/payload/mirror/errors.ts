import { messageOf, SlipwayError } from '../../util/index.ts';
import type { MirrorImage } from './plan.ts';

/** How messages call an image of a release. */
export function titleOf({ component }: MirrorImage): string {
  return component === undefined ? 'the release image' : `component "${component}"`;
}

/** The error of a copy, with the component that it is of. */
export function failed(image: MirrorImage, cause: unknown, signal: AbortSignal | undefined): unknown {
  // What was under way when it was stopped fails of that alone.
  if (signal?.aborted === true) return stopped();
  if (!(cause instanceof SlipwayError)) return cause;
  return new SlipwayError(cause.code, `${titleOf(image)}: ${messageOf(cause)}`, {
    place: { ...cause.place, image: image.source },
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    cause,
  });
}

export function stopped(): SlipwayError {
  return new SlipwayError('PAYLOAD_MIRROR_STOPPED', 'the copy was stopped; run the command again to go on with it.', {
    exitCode: 130,
  });
}

export function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw stopped();
}
