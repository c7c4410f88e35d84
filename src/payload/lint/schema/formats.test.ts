import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JsonValue } from '../../text/json-value.ts';
import { isBytes, isQuantity, isTime } from './formats.ts';

/** What oc (main, April 2026) takes and refuses with the same decoder, in a Deployment's or a ConfigMap's fields. */
const ASKED: readonly (readonly [
  accepts: (value: JsonValue) => boolean,
  taken: readonly JsonValue[],
  refused: readonly JsonValue[],
])[] = [
  [
    isQuantity,
    [
      1,
      0.5,
      -1,
      '50Mi',
      '1E3',
      '1E',
      '1k',
      '1Ki',
      '5.',
      '.5',
      '.',
      '-',
      ' 50Mi ',
      '100m',
      '1n',
      '1u',
      '1e+2',
      '3.Ki',
      'Mi',
    ],
    [
      '50 MiB',
      'abc',
      '1K',
      '',
      ' ',
      '1.2.3',
      true,
      '1e',
      '1i',
      '12Mib',
      '0x10',
      '1E5i',
      '1Ei3',
      '1e99999999999999999999',
    ],
  ],
  [
    isTime,
    [
      '2024-01-01T00:00:00Z',
      '2024-02-29T00:00:00.5Z',
      '2024-01-01T00:00:00,5Z',
      '2024-01-01T00:00:00+02:00',
      '2024-01-01T5:00:00Z',
      '0000-01-01T00:00:00Z',
    ],
    [
      'yesterday',
      '',
      '2024-02-30T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2024-01-01t00:00:00z',
      '2024-01-01',
      '2024-01-01T00:00:00+25:00',
      '2024-01-01T24:00:00Z',
      '2024-01-01T00:00:60Z',
      ' 2024-01-01T00:00:00Z',
      5,
    ],
  ],
  [
    isBytes,
    ['', 'AAA=', 'AAAA', 'AA==', 'AB==', 'AA==\n', [1, 2]],
    ['not base64!!', 'AAA', 'AA ==', 'AA-_', 5, [300], ['a']],
  ],
];

it('quantities, times and bytes are taken where the real decoder takes them', () => {
  for (const [accepts, taken, refused] of ASKED) {
    assert.deepEqual(
      taken.filter((value) => !accepts(value)),
      [],
      accepts.name,
    );
    assert.deepEqual(refused.filter(accepts), [], accepts.name);
  }
});
