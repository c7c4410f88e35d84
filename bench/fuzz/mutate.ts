/** Numbers from a seed, the same ones each time (splitmix32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** 0 up to, not including, `limit`; 0 for a limit of 0. */
  below(limit: number): number {
    return limit <= 0 ? 0 : this.next() % limit;
  }
}

/** Numbers at which lengths, counts and offsets break. */
const AWKWARD = [
  0, 1, 2, 7, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffffff, 0x7fffffff, 0x80000000, 0xfffffff0,
  0xffffffff,
];

type Change = (input: Buffer, dice: Dice) => Buffer;

function inPlace(change: (copy: Buffer, at: number, dice: Dice) => void): Change {
  return (input, dice) => {
    const copy = Buffer.from(input);
    if (copy.length >= 8) change(copy, dice.below(copy.length - 7), dice);
    return copy;
  };
}

const awkward = (dice: Dice, length: number): number =>
  dice.below(4) === 0 ? length >>> 0 : (AWKWARD[dice.below(AWKWARD.length)] ?? 0);

/** A piece of the input, at most a quarter of it or 4 KiB. */
function piece(input: Buffer, dice: Dice): { from: number; to: number } {
  const from = dice.below(input.length);
  return { from, to: Math.min(input.length, from + 1 + dice.below(Math.min(4096, Math.ceil(input.length / 4)))) };
}

const CHANGES: readonly Change[] = [
  inPlace((copy, at, dice) => copy.writeUInt8(copy.readUInt8(at) ^ (1 << dice.below(8)), at)),
  inPlace((copy, at, dice) => copy.writeUInt8(dice.below(256), at)),
  inPlace((copy, at, dice) => copy.writeUInt32BE(awkward(dice, copy.length), at)),
  inPlace((copy, at, dice) => copy.writeUInt32LE(awkward(dice, copy.length), at)),
  inPlace((copy, at, dice) => copy.writeUInt16BE(awkward(dice, copy.length) & 0xffff, at)),
  // Digits where text has them: sizes in archives are octal.
  inPlace((copy, at, dice) => copy.write(String(dice.next()).slice(0, 8), at, 'latin1')),
  (input, dice) => input.subarray(0, dice.below(input.length + 1)),
  (input, dice) => {
    const { from, to } = piece(input, dice);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  (input, dice) => {
    const { from, to } = piece(input, dice);
    const at = dice.below(input.length);
    return Buffer.concat([input.subarray(0, at), input.subarray(from, to), input.subarray(at)]);
  },
  (input, dice) => {
    const { from, to } = piece(input, dice);
    const copy = Buffer.from(input);
    copy.copyWithin(dice.below(input.length), from, to);
    return copy;
  },
  (input, dice) => {
    const { from, to } = piece(input, dice);
    return Buffer.from(input).fill(dice.below(2) === 0 ? 0 : 0xff, from, to);
  },
];

/** Cutting and moving spoil more than they find, so changes in place come up more often. */
const LARGEST_GROWTH = 1 << 20;

/** One to eight changes of `base`, as the dice fall. */
export function mutate(base: Buffer, dice: Dice): Buffer {
  let input = base;
  for (let left = 1 + dice.below(8); left > 0; left--) {
    const change = CHANGES[dice.below(3) === 0 ? dice.below(CHANGES.length) : dice.below(6)];
    if (change && input.length > 0 && input.length < base.length + LARGEST_GROWTH) input = change(input, dice);
  }
  return input;
}
