import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFindings } from './findings.ts';
import type { Finding } from './types.ts';

const subject = (label: string): Finding['subjects'][number] => ({
  label,
  message: 'signed by a denied key',
  package: label,
  evidence: [],
  also: [],
});

function finding(part: Partial<Finding>): Finding {
  return {
    id: 'x',
    rule: 'RPM-002',
    title: 'a title',
    severity: 'deny',
    message: '',
    images: ['a'],
    packages: ['p'],
    layer: 'layer 1 of 2',
    introducedBy: 'base',
    origin: ['introduced in layer 1 of 2'],
    lineToRevert: null,
    subjects: [subject('p')],
    ...part,
  };
}

test('findings of one base are one group, worst and largest group first', () => {
  const line = { file: 'stream.yaml', line: 9, text: 'base: bad', before: 'good' };
  const groups = groupFindings([
    finding({ introducedBy: 'RUN dnf install', severity: 'warn' }),
    finding({ introducedBy: 'small base' }),
    finding({ introducedBy: 'bad base', rule: 'REPO-001', severity: 'warn', images: ['api'], origin: ['x', 'y'] }),
    finding({
      introducedBy: 'bad base',
      subjects: [subject('z'), subject('b')],
      images: ['web', 'api'],
      origin: ['x'],
      lineToRevert: line,
    }),
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
  assert.deepEqual(groups[0]?.origin, ['x', 'y']);
  assert.deepEqual(groups[0]?.lineToRevert, line);
  assert.deepEqual(
    groups[0]?.findings.map(({ rule }) => rule),
    ['RPM-002', 'REPO-001'],
    'what is denied before what is warned of',
  );
});

test('no finding is lost, whatever is unknown about it', () => {
  const all = [
    finding({ id: '1', introducedBy: null }),
    finding({ id: '2', introducedBy: null, packages: [], subjects: [] }),
    finding({ id: '3', layer: null, severity: 'info' }),
  ];
  const told = groupFindings(all).flatMap(({ findings }) => findings.map(({ id }) => id));
  assert.deepEqual(told.sort(), ['1', '2', '3']);
  assert.deepEqual(groupFindings([]), []);
});
