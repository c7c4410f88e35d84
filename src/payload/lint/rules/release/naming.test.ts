import type { FactsChange } from '../../../testing/facts.ts';
import { testRules } from '../../../testing/rules.ts';
import { NAMING } from './naming.ts';

/** A release of another version, under its name. */
const named = (
  version: string,
  more: { readonly metadata?: FactsChange['metadata']; readonly reference?: string } = {},
): FactsChange => ({
  payload: {
    reference: more.reference ?? `quay.io/okd/scos-release:${version}`,
    metadata: { version, previous: [], next: [], metadata: {}, ...more.metadata },
  },
});

testRules('names', NAMING, {
  P011: {
    bad: [
      ['warning', { metadata: { version: '4.21.0' } }],
      ['warning', named('4.21.0-okd-scos.ec.3')],
      ['warning', named('4.21.0-okd-scos.0', { metadata: { previous: ['4.21.0-okd-scos.ec.3'] } })],
      ['warning', named('4.21.0-0.okd-scos-2026-11-25-000000')],
      ['warning', named('4.21.0-0.okd-scos-2026-11-10-000000')],
      ['warning', { metadata: { version: '4.21.0-okd-scos.0' } }],
      ['warning', named('4.21.0-okd-scos.0', { reference: 'quay.io/okd/scos-release:4.21.0-okd-scos.1-multi' })],
    ],
    good: [
      named('4.21.0-okd-scos.1', { metadata: { previous: ['4.20.0-okd-scos.ec.3', '4.21.0-okd-scos.0'] } }),
      named('4.21.0-okd-scos.1', { reference: 'quay.io/okd/scos-release:4.21.0-okd-scos.1-x86_64' }),
      named('4.21.0-okd-scos.1', { reference: 'quay.io:443/okd/scos-release:4-scos-next' }),
      named('4.21.0-okd-scos.1', { reference: 'quay.io:443/okd/scos-release@sha256:0' }),
      named('4.21.0-0.okd-scos-2026-11-22-233000'),
    ],
  },
});
