import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFindings } from './findings.ts';
import type { Finding } from './types.ts';

function finding(part: Partial<Finding>): Finding {
  return {
    id: 'x',
    rule: 'RPM-002',
    severity: 'deny',
    message: '',
    images: ['a'],
    package: 'p',
    layer: 'layer 1 of 2',
    introducedBy: 'base',
    evidence: [],
    ...part,
  };
}

test('findings of one base are one group, worst and largest group first', () => {
  const groups = groupFindings([
    finding({ introducedBy: 'RUN dnf install', severity: 'warn' }),
    finding({ introducedBy: 'small base', package: 'a' }),
    finding({ introducedBy: 'bad base', package: 'z', images: ['web', 'api'] }),
    finding({ introducedBy: 'bad base', package: 'b', severity: 'info', images: ['api'], layer: 'layer 2 of 2' }),
  ]);
  assert.deepEqual(
    groups.map(({ introducedBy, severity }) => [introducedBy, severity]),
    [
      ['bad base', 'deny'],
      ['small base', 'deny'],
      ['RUN dnf install', 'warn'],
    ],
  );
  assert.deepEqual(groups[0]?.images, ['api', 'web']);
  assert.deepEqual(groups[0]?.layers, ['layer 1 of 2', 'layer 2 of 2']);
  assert.deepEqual(
    groups[0]?.packages.map((entry) => entry.package),
    ['z', 'b'],
    'a denied package before a note',
  );
});

test('several rules about one package are told together', () => {
  const [group] = groupFindings([
    finding({ id: '1', rule: 'RPM-015' }),
    finding({ id: '2', rule: 'RPM-001' }),
    finding({ id: '3', rule: 'RPM-009', severity: 'warn' }),
  ]);
  assert.equal(group?.packages.length, 1);
  assert.deepEqual(
    group?.packages[0]?.findings.map(({ rule }) => rule),
    ['RPM-001', 'RPM-015', 'RPM-009'],
  );
});

test('no finding is lost, whatever is unknown about it', () => {
  const all = [
    finding({ introducedBy: null }),
    finding({ package: null, layer: null }),
    finding({ introducedBy: null, package: null }),
  ];
  const shown = groupFindings(all).flatMap((group) => group.packages.flatMap((entry) => entry.findings));
  assert.equal(shown.length, all.length);
});

test('the order does not depend on the order of the input', () => {
  const all = [
    finding({ package: 'a' }),
    finding({ package: 'b', introducedBy: 'c' }),
    finding({ package: 'd', introducedBy: 'e', severity: 'warn' }),
  ];
  assert.deepEqual(groupFindings(all), groupFindings(all.toReversed()));
});
