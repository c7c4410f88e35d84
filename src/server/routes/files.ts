import { createPublicKey } from 'node:crypto';
import fastifyStatic from '@fastify/static';
import { makeFolders } from '../../util/index.ts';
import type { App, ServerOptions } from '../types.ts';

/** Published files: signatures in both layouts, downloads, and what audits attest. What is not there is a plain 404, as clients expect. */
export async function fileRoutes(app: App, { engine }: ServerOptions): Promise<void> {
  const { paths, key, attestationKey } = engine.tools;
  app.get(
    '/keys/release.pub',
    { schema: { summary: 'The public key that releases are signed with, ASCII-armored' } },
    async (_request, reply) => reply.type('application/pgp-keys').send(key.publicKey),
  );
  app.get(
    '/keys/attestation.pub',
    { schema: { summary: 'The public key that attestations are signed with, PEM' } },
    async (_request, reply) =>
      reply
        .type('application/x-pem-file')
        .send(createPublicKey(attestationKey).export({ format: 'pem', type: 'spki' })),
  );
  for (const [prefix, root] of [
    ['/signatures', paths.signatures],
    ['/api/upgrades_info/signatures', paths.signatures],
    ['/lookaside', paths.lookaside],
    ['/downloads', paths.downloads],
    ['/attestations', paths.attestations],
  ] as const) {
    await makeFolders(root);
    await app.register(
      async (scope) => {
        await scope.register(fastifyStatic, {
          root,
          decorateReply: false,
          index: false,
          dotfiles: 'deny',
          cacheControl: false,
        });
        scope.setNotFoundHandler((_request, reply) =>
          reply.code(404).type('text/plain; charset=utf-8').send('not found\n'),
        );
      },
      { prefix },
    );
  }
}
