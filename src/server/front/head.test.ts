import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readHead } from './head.ts';

const head = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
const SIMPLE = ['GET /graph?channel=stable-4 HTTP/1.1', 'Host: localhost:8080', 'Accept:application/json  '];

describe('readHead', () => {
  it('reads a GET without a body', () => {
    const read = readHead(head(SIMPLE));
    assert.equal(read?.target, '/graph?channel=stable-4');
    assert.deepEqual(Object.fromEntries(read?.fields ?? []), { host: 'localhost:8080', accept: 'application/json' });
    assert.equal(readHead(head([...SIMPLE, 'Connection: Keep-Alive', 'X: a:b']))?.fields.get('x'), 'a:b');
    assert.equal(readHead(head([...SIMPLE, 'X:']))?.fields.get('x'), '');
  });

  it('leaves everything else to a complete parser', () => {
    const [line = '', host = ''] = SIMPLE;
    const others: Readonly<Record<string, Buffer>> = {
      'another method': head([line.replace('GET', 'HEAD'), host]),
      'HTTP/1.0': head([line.replace('1.1', '1.0'), host]),
      'no host': head([line]),
      'two hosts': head([line, host, 'host: other']),
      'one field twice': head([...SIMPLE, 'accept: text/html']),
      'a body': head([...SIMPLE, 'Content-Length: 5']),
      'an empty body': head([...SIMPLE, 'Content-Length: 0']),
      'a chunked body': head([...SIMPLE, 'Transfer-Encoding: chunked']),
      'a wish to close': head([...SIMPLE, 'Connection: close']),
      'an upgrade': head([...SIMPLE, 'Connection: upgrade', 'Upgrade: h2c']),
      'an expectation': head([...SIMPLE, 'Expect: 100-continue']),
      'absolute form': head(['GET http://localhost/graph HTTP/1.1', host]),
      'asterisk form': head(['GET * HTTP/1.1', host]),
      'a space in the target': head(['GET /a b HTTP/1.1', host]),
      'a space before the colon': head([...SIMPLE, 'X : y']),
      'a folded field': head([...SIMPLE, 'X: a', ' b']),
      'a byte above ASCII': head([...SIMPLE, 'X: \xe9']),
      'a NUL': head([...SIMPLE, 'X: \0']),
      'a bare line feed': Buffer.from(`${line}\n${host}\n\n`),
      'a bare carriage return': head([...SIMPLE, 'X: a\rY: b']),
      'two requests': Buffer.concat([head(SIMPLE), head(SIMPLE)]),
      'a request and a half': Buffer.concat([head(SIMPLE), Buffer.from('GET')]),
      'a field too long': head([...SIMPLE, `X: ${'y'.repeat(5000)}`]),
      nothing: Buffer.alloc(0),
    };
    for (const [what, bytes] of Object.entries(others)) assert.equal(readHead(bytes), undefined, what);
    const whole = head(SIMPLE);
    for (let length = 0; length < whole.length; length++)
      assert.equal(readHead(whole.subarray(0, length)), undefined, `cut off after ${length} bytes`);
  });

  it('takes nothing that has a second request or a body in it, whatever is changed', () => {
    const bytes = [...head(SIMPLE)];
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.constantFrom('\r\n', '\r', '\n', '\r\n\r\n', ':', '\0', ' '), (at, text) => {
        const read = readHead(Buffer.from([...bytes.slice(0, at), ...Buffer.from(text), ...bytes.slice(at)]));
        if (read === undefined) return;
        for (const value of [read.target, ...read.fields.keys(), ...read.fields.values()])
          assert.doesNotMatch(value, /[\r\n\0]/);
        assert.ok(read.fields.has('host'));
      }),
      { numRuns: 2000 },
    );
  });
});
