import assert from 'node:assert/strict';
import { it } from 'node:test';
import { alignHistory } from './history.ts';

it('gives each layer its instruction when every instruction has its layer', () => {
  const history = [
    { created_by: '/bin/sh -c #(nop) ADD file:1 in / ' },
    { created_by: '/bin/sh -c #(nop)  CMD ["sh"]', empty_layer: true },
    { created_by: '/bin/sh -c dnf install -y wget' },
  ];
  assert.deepEqual(alignHistory(history, 2), [
    { createdBy: 'ADD file:1 in /', span: ['ADD file:1 in /'] },
    { createdBy: 'RUN dnf install -y wget', span: ['CMD ["sh"]', 'RUN dnf install -y wget'] },
  ]);
});

it('gives a layer that was built for all instructions the whole span (spec audit.md § 4.3)', () => {
  const history = [
    { created_by: 'FROM base' },
    { created_by: 'RUN dnf install -y a', empty_layer: true },
    { created_by: 'COPY b /b', empty_layer: true },
    { created_by: 'ENTRYPOINT ["/b"]' },
  ];
  assert.deepEqual(alignHistory(history, 2)[1], {
    createdBy: 'ENTRYPOINT ["/b"]',
    span: ['RUN dnf install -y a', 'COPY b /b', 'ENTRYPOINT ["/b"]'],
  });
});

it('claims nothing when the history does not count as many layers as there are', () => {
  const nothing = { createdBy: '', span: [] };
  assert.deepEqual(alignHistory([{ created_by: 'RUN x' }], 2), [nothing, nothing]);
  assert.deepEqual(alignHistory([], 1), [nothing]);
});
