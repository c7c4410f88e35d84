import assert from 'node:assert/strict';
import test from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { compileGraph } from '../compile/compile.ts';
import { graphData, release } from '../testing/graph.ts';
import { negotiateAccept, negotiateEncoding, parseGraphQuery } from './protocol.ts';
import { graphResponder, renderedAnswers } from './render.ts';

const JSON_TYPE = 'application/json';
const V1 = 'application/vnd.redhat.cincinnati.v1+json';

test('Accept: what Cincinnati takes has the same answer here, and RFC 9110 covers the rest', () => {
  const cases: readonly [accept: string | undefined, contentType: string | undefined][] = [
    [undefined, V1],
    ['', V1],
    [JSON_TYPE, JSON_TYPE],
    [V1, V1],
    ['*/*', JSON_TYPE],
    ['*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['APPLICATION/JSON', JSON_TYPE],
    ['application/json, text/*; q=0.2', JSON_TYPE],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', JSON_TYPE],
    [`application/json;q=0.5, ${V1}`, V1],
    [`*/*, application/json;q=0`, V1],
    ['application/vnd.redhat.cincinnati.v2+json', undefined],
    ['text/html', undefined],
    ['application/json;q=0', undefined],
    ['application/json;q=nonsense', undefined],
  ];
  for (const [accept, contentType] of cases) {
    const result = negotiateAccept(accept);
    assert.equal(result.ok ? result.contentType : undefined, contentType, String(accept));
    if (!result.ok)
      assert.deepEqual(result.error, {
        status: 406,
        kind: 'invalid_content_type',
        value: 'invalid Content-Type requested',
      });
  }
  const html = negotiateAccept('text/html,*/*;q=0.8', ['application/json', 'text/html']);
  assert.equal(html.ok && html.contentType, 'text/html');
});

test('the query: channel is mandatory, the last of two counts, the rest is ignored', () => {
  assert.deepEqual(parseGraphQuery('channel=stable-4&foo=bar&id=x&version=y'), {
    ok: true,
    query: { channel: 'stable-4', arch: 'amd64' },
  });
  assert.deepEqual(parseGraphQuery('channel=a&arch=arm64&channel=b'), {
    ok: true,
    query: { channel: 'b', arch: 'arm64' },
  });
  const value = (query: string): string | undefined => {
    const parsed = parseGraphQuery(query);
    return parsed.ok ? undefined : `${parsed.error.kind}: ${parsed.error.value}`;
  };
  assert.equal(value('arch=amd64'), 'missing_params: mandatory client parameters missing: channel');
  assert.equal(
    value('channel=fast-4%2B9'),
    "invalid_params: invalid client parameters: channel 'fast-4+9' does not match regex '^[0-9a-z\\-\\.]+$'",
  );
  assert.equal(
    value('channel=a&arch=x86_64'),
    "invalid_params: invalid client parameters: arch 'x86_64' does not match regex '^[0-9a-z]+$'",
  );
  assert.match(value('channel=') ?? '', /^invalid_params/);
  assert.match(value('channel=a%0a') ?? '', /^invalid_params/);
});

test('Accept-Encoding by weight', () => {
  const cases: readonly [string | undefined, string][] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['identity', 'identity'],
    ['x-gzip', 'gzip'],
  ];
  for (const [accept, encoding] of cases) assert.equal(negotiateEncoding(accept), encoding, String(accept));
});

test('a request is answered from rendered buffers, and not at all when the client has it', () => {
  const answers = renderedAnswers(compileGraph(graphData(['4.9.0']), [release('4.9.0')]));
  const respond = graphResponder(answers);
  const query = 'channel=stable-4';
  const plain = respond({ query });
  assert.equal(plain.status, 200);
  assert.equal(plain.headers['content-type'], V1);
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(JSON.parse(plain.body.toString()).nodes[0].version, '4.9.0');
  const gzip = respond({ query, acceptEncoding: 'gzip' });
  const br = respond({ query, acceptEncoding: 'gzip, br' });
  assert.deepEqual(gunzipSync(gzip.body), plain.body);
  assert.deepEqual(brotliDecompressSync(br.body), plain.body);
  assert.equal(new Set([plain, gzip, br].map(({ headers }) => headers.etag)).size, 3);
  assert.equal(respond({ query, ifNoneMatch: `"x", W/${plain.headers.etag}` }).status, 304);
  assert.equal(respond({ query, ifNoneMatch: '*' }).body.length, 0);
  assert.equal(respond({ query, ifNoneMatch: gzip.headers.etag }).status, 200);
  const bad = respond({ query: '' });
  assert.equal(bad.status, 400);
  assert.equal(bad.body.toString(), '{"kind":"missing_params","value":"mandatory client parameters missing: channel"}');
});

test('answers are rendered once, and strangers cannot fill the memory', () => {
  const answers = renderedAnswers(compileGraph(graphData(['4.9.0']), [release('4.9.0')]));
  const known = { channel: 'stable-4', arch: 'amd64' };
  assert.equal(answers(known), answers({ ...known }));
  assert.equal(answers({ channel: 'a', arch: 'amd64' }), answers({ channel: 'b', arch: 'x' }));
});

test('a responder says the same however often and after whatever it is asked, and equal answers are one object', () => {
  const answers = renderedAnswers(compileGraph(graphData(['4.9.0']), [release('4.9.0')]));
  const respond = graphResponder(answers);
  const etag = respond({ query: 'channel=stable-4', acceptEncoding: 'gzip' }).headers.etag;
  const queries = ['channel=stable-4', 'channel=stable-4&arch=arm64', 'channel=unknown', '', 'channel=a%0a'];
  const accepts = [undefined, '', JSON_TYPE, V1, 'text/html', `${JSON_TYPE}, ${'a/b, '.repeat(500)}c/d`];
  for (let round = 0; round < 2; round++)
    for (const query of queries)
      for (const accept of accepts)
        for (const acceptEncoding of [undefined, 'gzip', 'br, gzip'])
          for (const ifNoneMatch of [undefined, '', '*', '"x"', etag, `"x", W/${etag}`]) {
            const request = { query, accept, acceptEncoding, ifNoneMatch };
            assert.deepEqual(respond(request), graphResponder(answers)(request), JSON.stringify(request));
          }
  for (let at = 0; at < 5000; at++) respond({ query: 'channel=stable-4', accept: `${JSON_TYPE};q=0.5, a/${at}` });
  const polls = ['channel=stable-4&id=1', 'id=2&version=4.9.0&channel=stable-4'].map((query) => respond({ query }));
  assert.equal(polls[0], polls[1]);
  assert.equal(respond({ query: 'channel=stable-4&id=0', ifNoneMatch: '*' }).status, 304);
});
