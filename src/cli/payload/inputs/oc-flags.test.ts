import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Option } from 'commander';
import fc from 'fast-check';
import { ocFlags } from './oc-flags.ts';

const FLAGS = [
  new Option('--insecure'),
  new Option('-q, --quiet'),
  new Option('-o, --output <form>'),
  new Option('--to <ref>'),
];
const read = (...words: string[]): string[] => ocFlags(words, FLAGS);

describe('flags as oc writes them', () => {
  it('switches may have a value; the last one counts', () => {
    for (const yes of ['true', 'TRUE', 'True', 't', 'T', '1'])
      assert.deepEqual(read(`--insecure=${yes}`, 'a'), ['--insecure', 'a']);
    for (const no of ['false', 'FALSE', 'False', 'f', 'F', '0']) assert.deepEqual(read(`--insecure=${no}`, 'a'), ['a']);
    assert.deepEqual(read('--insecure', 'a', '--insecure=false'), ['a']);
    assert.deepEqual(read('--insecure=false', '--insecure'), ['--insecure']);
    assert.deepEqual(read('-q', '--quiet=false', '-q=true'), ['-q']);
    // As with oc, a word of its own is no value.
    assert.deepEqual(read('--insecure', 'false'), ['--insecure', 'false']);
  });

  it('a switch is true or false', () => {
    for (const text of ['maybe', '', 'yes'])
      assert.throws(() => read(`--insecure=${text}`), {
        code: 'CLI_USAGE',
        message: `invalid argument "${text}" for "--insecure" flag: it is true or false.`,
      });
    assert.throws(() => read('-q=x'), { message: /^invalid argument "x" for "-q, --quiet" flag/ });
  });

  it('short flags take a value after an equals sign', () => {
    assert.deepEqual(read('-o=name', 'a'), ['-o', 'name', 'a']);
    assert.deepEqual(read("-o=jsonpath={.a=='b'}"), ['-o', "jsonpath={.a=='b'}"]);
    assert.deepEqual(read('-o='), ['-o', '']);
    assert.deepEqual(read('-oname'), ['-oname']);
  });

  it('values are left alone, whatever they look like, and so is all after --', () => {
    assert.deepEqual(read('--to', '--insecure=false', '-o', '-q=x'), ['--to', '--insecure=false', '-o', '-q=x']);
    assert.deepEqual(read('--to=a=b'), ['--to=a=b']);
    assert.deepEqual(read('--', '--insecure=false'), ['--', '--insecure=false']);
    assert.deepEqual(read('etcd=quay.io/a', '--unknown=false', '-x=1'), ['etcd=quay.io/a', '--unknown=false', '-x=1']);
  });

  it('what is in commander’s own syntax is not changed', () => {
    const word = fc.constantFrom('--insecure', '-q', '-oname', '--to=x', 'a', 'b=c', '--other');
    fc.assert(fc.property(fc.array(word), (words) => assert.deepEqual(ocFlags(words, FLAGS), words)));
  });
});
