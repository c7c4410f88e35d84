import { Type } from 'typebox';

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
