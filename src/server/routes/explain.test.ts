import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import { XMLValidator } from 'fast-xml-parser';
import Fastify from 'fastify';
import { scratch } from '../../oci/testing/images.ts';
import { loadPayload, ManifestOutlines, newPayload, parseImageStream } from '../../payload/index.ts';
import { configMap, file, imageStream, OPERATOR, pushImage, temporaryRegistry } from '../../payload/testing/images.ts';
import { SlipwayError } from '../../util/index.ts';
import { sendError } from '../http/errors.ts';
import type { App } from '../types.ts';
import { explainRoutes } from './explain.ts';

const VERSION = '4.21.0-okd-scos.0';

it('what a release brings to a cluster, as JSON and as a drawing', async (t) => {
  const registry = await temporaryRegistry(t);
  const content = registry.repository('content');
  const console = configMap('console').replace(
    'annotations:\n',
    'annotations:\n    capability.openshift.io/name: Console\n',
  );
  const layers = [[file('manifests/0000_50_a_1.yaml', configMap('a1')), file('manifests/0000_60_b_1.yaml', console)]];
  const digest = await pushImage(content, { labels: OPERATOR, layers });
  const stream = imageStream({ 'cluster-version-operator': `localhost:5000/content@${digest}` });
  const to = registry.repository('release');
  const made = await newPayload(
    { imageStream: parseImageStream(stream, 'stream.json') },
    { name: VERSION, creationTimestamp: new Date(0), referenceMode: 'source', resolve: () => content, to },
  );
  const payload = await loadPayload(to, made.digest);
  const outlines = new ManifestOutlines(await scratch(t));
  const app: App = Fastify().setValidatorCompiler(TypeBoxValidatorCompiler).withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(sendError);
  explainRoutes(app, {
    engine: {
      catalogue: {
        outlines: async (name) => {
          if (name === VERSION) return { payload, files: await outlines.of(payload) };
          throw new SlipwayError('RELEASE_UNKNOWN', 'there is none.');
        },
      },
    },
  });
  const get = (path: string) => app.inject(`/api/releases/${path}`);
  const all = (await get(`${VERSION}/explain`)).json();
  assert.deepEqual([all.version, all.applied, all.excluded], [VERSION, 2, 0]);
  const none = (await get(`${VERSION}/explain?capabilities=None`)).json();
  assert.deepEqual(
    none.objects.map(({ name, excluded }: { name: string; excluded: string | null }) => [name, excluded]),
    [
      ['a1', null],
      ['console', 'disabled capabilities: Console'],
    ],
  );
  const drawing = await get(`${VERSION}/order.svg?featureSet=OKD&order=install`);
  assert.match(String(drawing.headers['content-type']), /^image\/svg\+xml/);
  assert.equal(XMLValidator.validate(drawing.body), true);
  assert.ok(drawing.body.includes('ConfigMap test/console') && drawing.body.includes('feature set OKD'));
  assert.equal((await get(`${VERSION}/explain?featureSet=Moon`)).statusCode, 400);
  assert.equal((await get(`${VERSION}/order.svg?order=sideways`)).statusCode, 400);
  assert.equal((await get('4.0.0/explain')).statusCode, 404);
});
