import assert from 'node:assert/strict';
import { it } from 'node:test';
import { componentNames } from './component-names.ts';

it('an image of one of several platforms has the name of its component too', () => {
  assert.deepEqual(componentNames('etcd'), ['etcd']);
  assert.deepEqual(componentNames('etcd (linux/arm64)'), ['etcd (linux/arm64)', 'etcd']);
  assert.deepEqual(componentNames('base image'), ['base image']);
});
