import { SlipwayError } from '../../../util/index.ts';

function damaged(what: string): SlipwayError {
  return new SlipwayError('PAYLOAD_GIT_PACK_INVALID', `a delta of the pack is damaged: ${what}.`);
}

/**
 * Applies a delta to its base (gitformat-pack, § Deltified representation): two sizes, then copies out of the base and
 * literal bytes. Throws `PAYLOAD_GIT_PACK_INVALID`, also for a result larger than `limit`.
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, limit: number): Buffer {
  let at = 0;
  const next = (): number => {
    const byte = delta[at++];
    if (byte === undefined) throw damaged('it ends early');
    return byte;
  };
  const size = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = next();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 35) throw damaged('a size is too large');
    }
  };
  if (size() !== base.length) throw damaged('it belongs to another base');
  const length = size();
  if (length > limit) throw damaged(`its result has ${length} bytes, more than the ${limit} that are allowed`);
  const result = Buffer.alloc(length);
  let filled = 0;
  const append = (from: Uint8Array, start: number, count: number): void => {
    if (start + count > from.length || filled + count > length) throw damaged('it reaches outside');
    result.set(from.subarray(start, start + count), filled);
    filled += count;
  };
  while (at < delta.length) {
    const code = next();
    if (code === 0) throw damaged('it has a reserved instruction');
    if (code < 0x80) {
      append(delta, at, code);
      at += code;
      continue;
    }
    let start = 0;
    let count = 0;
    for (let bit = 0; bit < 4; bit++) if (code & (1 << bit)) start += next() * 256 ** bit;
    for (let bit = 0; bit < 3; bit++) if (code & (0x10 << bit)) count += next() * 256 ** bit;
    append(base, start, count === 0 ? 0x10000 : count);
  }
  if (filled !== length) throw damaged('its result is too short');
  return result;
}
