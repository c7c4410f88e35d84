import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unfinished } from './unfinished.ts';

describe('unfinished', () => {
  it('names what has work, oldest first', async () => {
    const work = new Set(['b', 'c']);
    assert.deepEqual(
      await unfinished(
        async () => ['a', 'b', 'c', 'd'],
        async (name) => work.has(name),
      ),
      ['b', 'c'],
    );
  });

  it('sees the stable release that a nightly begins as its last act, at whatever moment that happens', async () => {
    for (let moment = 0; moment < 5; moment++) {
      const releases = ['nightly'];
      const work = new Set(['nightly']);
      let calls = 0;
      const passes = () => {
        if (calls++ !== moment) return;
        // one transaction: the nightly has a promotion, and with it nothing more to do
        releases.push('stable');
        work.add('stable');
        work.delete('nightly');
      };
      const found = await unfinished(
        async () => {
          const seen = [...releases];
          passes();
          return seen;
        },
        async (name) => {
          const seen = work.has(name);
          passes();
          return seen;
        },
      );
      assert.notEqual(found.length, 0, `nothing was found although one of the two had work at each moment: ${moment}`);
    }
  });
});
