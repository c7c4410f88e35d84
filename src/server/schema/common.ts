import { Type } from 'typebox';

/** RFC 3339, UTC. */
export const Timestamp = Type.String({ format: 'date-time' });

/** Every error answer of the API. */
export const ApiError = Type.Object({
  code: Type.String(),
  message: Type.String(),
  place: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
  hint: Type.Optional(Type.String()),
  refused: Type.Optional(Type.Boolean({ description: 'a verdict spoke against it: nothing failed' })),
});
