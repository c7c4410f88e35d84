import { Type } from 'typebox';
import { parserOf } from '../../util/index.ts';
import { ApiError, AuditExplanationView, RejudgedView } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

/** Largest policy that is taken, in bytes; real ones have a few kilobytes. */
const LARGEST_POLICY = 1 << 20;

const explanationView = parserOf(AuditExplanationView, 'AUDIT_EXPLANATION_INVALID');
const rejudgedView = parserOf(RejudgedView, 'AUDIT_JUDGEMENT_INVALID');

export function auditRoutes(app: App, { engine }: ServerOptions): void {
  app.get(
    '/api/releases/:name/explain/:package',
    {
      schema: {
        summary: 'How it is known what a package of a release is: signatures, keys, layer, base image, policy',
        params: Type.Object({
          name: Type.String(),
          package: Type.String({ minLength: 1, maxLength: 200, description: 'name, NEVRA, or a pattern with * and ?' }),
        }),
        response: { 200: AuditExplanationView, 404: ApiError },
      },
    },
    async (request) => explanationView(await engine.audits.explain(request.params.name, request.params.package)),
  );
  app.post(
    '/api/audit/rejudge',
    {
      bodyLimit: LARGEST_POLICY,
      schema: {
        summary: 'Judges every audited nightly again by another policy; nothing is changed',
        body: Type.Object(
          {
            policy: Type.String({ minLength: 1, description: 'the policy (YAML)' }),
            file: Type.Optional(Type.String({ maxLength: 1000, description: 'its name, for messages' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: RejudgedView, 400: ApiError },
      },
    },
    async (request) =>
      rejudgedView(await engine.audits.rejudge(request.body.policy, request.body.file ?? 'policy.yaml')),
  );
}
