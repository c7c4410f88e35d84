import { Transform, type TransformCallback } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';

/** A place in a binary that is reserved for a text, and the text (payload format § 2.5). */
export interface Replacement {
  /** For messages. */
  readonly name: string;
  readonly marker: Uint8Array;
  readonly value: string;
}

export interface MarkerPatchOptions {
  /** Bytes looked at together; a marker must be shorter. Default: any. */
  readonly bufferSize?: number;
}

/** A reserved place as Go programs declare it: a name between zero bytes, then room for the text. */
function reserved(name: string, room: number): Buffer {
  return Buffer.from(`\0${name}\0${'X'.repeat(room)}\0`, 'latin1');
}

export const MARKERS = {
  image: reserved('_RELEASE_IMAGE_LOCATION_', 300),
  version: reserved('_RELEASE_VERSION_LOCATION_', 64),
  architecture: reserved('_RELEASE_ARCHITECTURE_LOCATION_', 64),
} as const;

/**
 * Writes each value, with a zero byte after it, over the start of the first occurrence of its marker; the length of the
 * stream does not change. Memory: one chunk and the longest marker.
 * Throws `PAYLOAD_MARKER_INVALID` when a value does not fit its marker.
 */
export class MarkerPatch extends Transform {
  #left: Replacement[];
  #held = Buffer.alloc(0);

  constructor(replacements: readonly Replacement[], options: MarkerPatchOptions = {}) {
    super();
    this.#left = [...replacements];
    for (const { name, marker, value } of replacements) {
      if (options.bufferSize !== undefined && marker.length >= options.bufferSize)
        throw refuse(`the buffer size must be greater than ${marker.length} bytes to find ${name}`);
      const length = Buffer.byteLength(value);
      if (length > marker.length - 1) {
        throw refuse(
          `the ${name} value has ${length} bytes, but the maximum replacement length is ${marker.length - 1}`,
        );
      }
    }
  }

  /** Names of the markers that were not found, once the stream has ended. */
  get remaining(): readonly string[] {
    return this.#left.map(({ name }) => name);
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    if (this.#left.length === 0) {
      const held = this.#held;
      this.#held = Buffer.alloc(0);
      done(null, held.length === 0 ? chunk : Buffer.concat([held, chunk]));
      return;
    }
    const bytes = Buffer.concat([this.#held, chunk]);
    this.#left = this.#left.filter(({ marker, value }) => {
      const index = bytes.indexOf(marker);
      if (index === -1) return true;
      bytes.write(`${value}\0`, index, 'utf8');
      return false;
    });
    // what is held back is shorter than the longest marker, so no marker is seen twice
    const keep = Math.max(0, ...this.#left.map(({ marker }) => marker.length - 1));
    const cut = Math.max(0, bytes.length - keep);
    this.#held = bytes.subarray(cut);
    done(null, bytes.subarray(0, cut));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#held);
  }
}

function refuse(message: string): SlipwayError {
  return new SlipwayError('PAYLOAD_MARKER_INVALID', message);
}
