import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlipwayError } from './errors.ts';

test('an error is one line: place, message, hint, code', () => {
  const error = new SlipwayError('YAML_INVALID', 'a list is not closed.', {
    place: { image: 'host/a@sha256:1', file: 'x.yaml', line: 3, field: 'spec' },
    hint: 'Close it.',
  });
  assert.equal(error.describe(), 'host/a@sha256:1: x.yaml:3: spec: a list is not closed. Close it. [YAML_INVALID]');
  assert.equal(new SlipwayError('A_B', 'no place.').describe(), 'no place. [A_B]');
  const bare = new SlipwayError('A_B', 'in the words of oc', { hint: 'Do that.' });
  assert.equal(bare.describe(), 'in the words of oc. Do that. [A_B]');
});

test('a place that the message begins with is not said twice', () => {
  const place = { image: 'dns', file: 'dns/a.yaml', line: 1 };
  assert.equal(
    new SlipwayError('YAML_INVALID', 'dns/a.yaml: line 1: no mapping', {
      place: { ...place, image: 'host/dns' },
    }).describe(),
    'host/dns: dns/a.yaml: line 1: no mapping [YAML_INVALID]',
  );
  const field = new SlipwayError('NAME_INVALID', '--name must be a version', { place: { field: '--name' } });
  assert.equal(field.describe(), '--name must be a version [NAME_INVALID]');
});
