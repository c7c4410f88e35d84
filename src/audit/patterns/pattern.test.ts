import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { compilePattern, firstMatch, standing } from './pattern.ts';

const plain = fc.string().filter((text) => !/[*?]/u.test(text) && !(text.length > 2 && /^\/.*\/$/su.test(text)));

it('a pattern without wildcards matches itself and nothing else', () => {
  fc.assert(
    fc.property(plain, plain, (pattern, value) => {
      assert.equal(compilePattern(pattern).test(pattern), true);
      assert.equal(compilePattern(pattern).test(value), pattern === value);
    }),
  );
});

it('a star stands for anything between, a question mark for one character', () => {
  fc.assert(
    fc.property(plain, plain, fc.string(), (start, end, between) => {
      assert.equal(firstMatch([`${start}*${end}`], [start + between + end]), `${start}*${end}`);
    }),
  );
  assert.equal(compilePattern('a?c').test('abc'), true);
  assert.equal(compilePattern('a?c').test('ac'), false);
});

it('a regular expression matches anywhere, the rule for build hosts of spec audit.md § 2.6 as it is meant', () => {
  const list = { allow: ['*.stream.rdu2.redhat.com'], deny: ['/(^|\\.)build\\.eng\\.[a-z0-9]+\\.redhat\\.com$/'] };
  assert.equal(standing(list, ['x86-038.build.eng.bos.redhat.com']), 'deny');
  assert.equal(standing(list, ['x86-06.stream.rdu2.redhat.com']), 'allow');
  assert.equal(standing(list, ['c1be.rdu2.centos.org']), 'unknown');
});

it('deny wins over allow', () => {
  assert.equal(standing({ allow: ['a*'], deny: ['ab'] }, ['ab']), 'deny');
  assert.equal(standing({ allow: ['a*'], deny: ['ab'] }, ['ac', 'ab']), 'deny');
});
