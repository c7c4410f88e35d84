import { Type } from 'typebox';
import { type Place, parserOf, SlipwayError } from '../util/index.ts';
import type { JobDefinition } from './types.ts';

const JobDefinitionSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]*$', maxLength: 100 }),
    title: Type.String({ minLength: 1 }),
    blocking: Type.Boolean(),
    command: Type.Array(Type.String({ minLength: 1, pattern: '^[^\\0]*$' }), { minItems: 1 }),
    timeoutSeconds: Type.Integer({ minimum: 1, maximum: 86_400 }),
    maxRetries: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), Type.String({ pattern: '^[^\\0]*$' }), {
        additionalProperties: false,
      }),
    ),
  },
  { additionalProperties: false },
);

const parse = parserOf(Type.Array(JobDefinitionSchema), 'VERIFY_JOB_INVALID');

/** Parses the jobs of a stream. Throws `VERIFY_JOB_INVALID` naming the field, also when two jobs have one name. */
export function parseJobs(value: unknown, place: Place = {}): readonly JobDefinition[] {
  const names = new Set<string>();
  return parse(value, place).map((job) => {
    if (names.has(job.name))
      throw new SlipwayError('VERIFY_JOB_INVALID', `two jobs are named "${job.name}".`, { place });
    names.add(job.name);
    const [program, ...args] = job.command;
    return { ...job, command: [program as string, ...args], maxRetries: job.maxRetries ?? 0, env: job.env ?? {} };
  });
}
