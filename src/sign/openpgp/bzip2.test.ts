import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { expandBzip2 } from './bzip2.ts';

const LIMIT = 1 << 20;
const skip = spawnSync('bzip2', ['--help']).status === 0 ? false : 'bzip2 is not installed';

function compressed(content: Uint8Array | string, ...flags: readonly string[]): Buffer {
  return spawnSync('bzip2', ['--compress', '--stdout', ...flags], { input: content, maxBuffer: 64 << 20 }).stdout;
}

/** Bytes without order, the same each time. */
function noise(length: number): Buffer {
  let state = 1;
  const next = (): number => {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    return (state >>> 16) & 0xff;
  };
  return Buffer.from(Array.from({ length }, next));
}

describe('bzip2', { skip }, () => {
  const contents: Readonly<Record<string, Buffer>> = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from('x'),
    text: Buffer.from('the quick brown fox jumps over the lazy dog, and over the lazy fox. '.repeat(99)),
    'one byte, 300,000 times': Buffer.alloc(300_000, 0x61),
    'runs of 3 to 260': Buffer.concat(Array.from({ length: 258 }, (_, at) => Buffer.alloc(at + 3, at & 1))),
    noise: noise(250_000),
    'all bytes': Buffer.from(Array.from({ length: 4096 }, (_, at) => at & 0xff)),
  };
  for (const [name, content] of Object.entries(contents))
    it(`expands ${name} to what the program compressed`, () => {
      for (const level of ['-1', '-9'])
        assert.ok(Buffer.from(content).equals(expandBzip2(compressed(content, level), LIMIT)), level);
    });

  it('expands one stream after another', () => {
    const both = Buffer.concat([compressed('one '), compressed('two')]);
    assert.equal(Buffer.from(expandBzip2(both, LIMIT)).toString(), 'one two');
  });

  it('refuses what is damaged, cut off, or has something behind it', () => {
    const whole = compressed(contents.text ?? '');
    for (let at = 0; at < whole.length; at += 7) {
      assert.throws(() => expandBzip2(whole.subarray(0, at), LIMIT), { code: 'SIGN_MALFORMED' }, `cut at ${at}`);
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      // The size of blocks may be another one; nothing else may.
      if (at !== 3) assert.throws(() => expandBzip2(changed, LIMIT), { code: 'SIGN_MALFORMED' }, `changed at ${at}`);
    }
    assert.throws(() => expandBzip2(Buffer.concat([whole, Buffer.from('x')]), LIMIT), { code: 'SIGN_MALFORMED' });
    assert.throws(() => expandBzip2(new Uint8Array(), LIMIT), { code: 'SIGN_MALFORMED' });
  });

  it('stops at its limit', () => {
    const bomb = compressed(Buffer.alloc(50 << 20));
    assert.ok(bomb.length < 200);
    assert.throws(() => expandBzip2(bomb, LIMIT), { code: 'SIGN_MALFORMED', message: /far too long/ });
  });
});
