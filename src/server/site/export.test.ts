import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linksOf } from './export.ts';

describe('linksOf', () => {
  it('finds links within the site once, without query and fragment', () => {
    const html =
      '<a href="/a#x">1</a><a href="/a?y=1">2</a><script src="/s.js"></script><a href="https://x.example/b">3</a><a href="//y.example/c">4</a>';
    assert.deepEqual(linksOf(html), ['/a', '/s.js']);
  });
});
