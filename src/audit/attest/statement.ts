import { type Static, Type } from 'typebox';
import { canonicalJson, parserOf } from '../../util/index.ts';

export const IN_TOTO = 'application/vnd.in-toto+json';

/** in-toto Attestation Framework, Statement v1 */
const STATEMENT = 'https://in-toto.io/Statement/v1';

const Statement = Type.Object({
  _type: Type.Literal(STATEMENT),
  subject: Type.Array(
    Type.Object({
      name: Type.Optional(Type.String()),
      digest: Type.Record(Type.String(), Type.String()),
    }),
    { minItems: 1 },
  ),
  predicateType: Type.String({ minLength: 1 }),
  predicate: Type.Optional(Type.Unknown()),
});
export type Statement = Static<typeof Statement>;

/** Parses a statement. Throws `AUDIT_STATEMENT_INVALID`. */
export const parseStatement = parserOf(Statement, 'AUDIT_STATEMENT_INVALID');

/** What a statement is about: a name, and the digest (`sha256:…`) of a manifest. */
export interface StatementSubject {
  readonly name: string;
  readonly digest: string;
}

const digestSet = (digest: string): Record<string, string> => {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { [algorithm]: hex };
};

/** `{ uri, digest }` of what a predicate refers to (in-toto, ResourceDescriptor). */
export const resource = (name: string, digest: string) => ({ name, digest: digestSet(digest) });

/** A statement as bytes; the same one always gives the same. */
export function statementBytes(
  subjects: readonly StatementSubject[],
  predicateType: string,
  predicate: unknown,
): Buffer {
  const statement = {
    _type: STATEMENT,
    subject: subjects.map(({ name, digest }) => resource(name, digest)),
    predicateType,
    predicate,
  };
  return Buffer.from(canonicalJson(statement));
}

/** Whether a statement is about a manifest. */
export const isAbout = ({ subject }: Statement, digest: string): boolean =>
  subject.some(({ digest: set }) => Object.entries(set).some(([algorithm, hex]) => `${algorithm}:${hex}` === digest));
