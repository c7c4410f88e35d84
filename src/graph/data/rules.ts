import { Type } from 'typebox';

/** A time with its zone, as Git, Prow and the ledger write it. */
export const Rfc3339 = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
});

/** `matchingRules` of a risk (enhancement targeted-update-edge-blocking): at least one, types known, `Always` bare. */
export const MatchingRules = Type.Array(
  Type.Union([
    Type.Object({ type: Type.Literal('Always') }, { additionalProperties: false }),
    Type.Object(
      {
        type: Type.Literal('PromQL'),
        promql: Type.Object({ promql: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
      },
      { additionalProperties: false },
    ),
  ]),
  { minItems: 1 },
);
