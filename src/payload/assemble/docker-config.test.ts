import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dockerConfigValue } from './docker-config.ts';

test('a configuration with null where nothing is gives what one without gives', () => {
  const value = (config: object) => dockerConfigValue(Buffer.from(JSON.stringify(config)));
  const rootfs = { type: 'layers', diff_ids: ['sha256:a'] };
  const image = { architecture: 'arm64', os: 'linux', rootfs };
  const nulls = { created: null, author: null, history: null, container_config: null };
  assert.deepEqual(value({ ...image, ...nulls, config: null }), value(image));
  assert.deepEqual(
    value({ ...image, config: { Env: null, Cmd: null, Volumes: null, User: null, Tty: null, Labels: null } }),
    value({ ...image, config: {} }),
  );
  const texts = (none: string | null) => ({ ...image, config: { Labels: { a: none }, Env: ['A=1', none] } });
  assert.deepEqual(value(texts(null)), value(texts('')));
  for (const config of [{ Labels: { a: 1 } }, { Env: [1] }])
    assert.throws(() => value({ ...image, config }), {
      code: 'PAYLOAD_CONFIG_INVALID',
      place: { field: Object.keys(config)[0] ?? '' },
    });
});
