import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { imageMapper } from '../../assemble/image-mapper.ts';
import { pullSpec } from '../../testing/facts.ts';
import { endingIn, gapOf } from './gaps.ts';

const ONE = 'quay.io/openshift/origin-one';
const TWO = 'quay.io/openshift/origin-two';
const KNOWN = new Set([pullSpec('one'), pullSpec('two')]);
const ENDS = endingIn(KNOWN);
const replace = imageMapper(
  new Map([
    ['one', { sourceRepository: ONE, targetPullSpec: pullSpec('one') }],
    ['two', { sourceRepository: TWO, targetPullSpec: pullSpec('two') }],
  ]),
);

it('an image is in a gap when the assembly leaves it, and only then', () => {
  const between = fc.string({
    unit: fc.constantFrom(' ', '\n', '"', "'", ',', ';', '=', '}', '\\', 'é', '\t'),
    maxLength: 3,
  });
  fc.assert(
    fc.property(between, between, between, fc.boolean(), (first, middle, last, sameTag) => {
      const two = `${TWO}:${sameTag ? 'v1' : 'latest'}`;
      const written = Buffer.from(replace(Buffer.from(`${first}${ONE}:v1${middle}${two}${last}`))).toString();
      for (const image of [`${ONE}:v1`, two]) {
        // One image right behind the other is the tag of that, and no image.
        if (middle === '') continue;
        assert.equal(gapOf(written, image, ENDS) !== undefined, written.includes(image), JSON.stringify(written));
      }
    }),
    { numRuns: 2000 },
  );
});
