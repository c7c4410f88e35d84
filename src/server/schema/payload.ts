import { Type } from 'typebox';
import { Nullable } from '../../util/index.ts';

/** What becomes of one object of a release on a cluster. */
const ObjectView = Type.Object({
  file: Type.String(),
  line: Type.Integer(),
  runLevel: Nullable(Type.String({ description: 'null: applied by itself' })),
  component: Type.String(),
  group: Type.String(),
  kind: Type.String(),
  namespace: Type.String(),
  name: Type.String(),
  capabilities: Type.Array(Type.String()),
  excluded: Nullable(Type.String({ description: 'why it is left out; null: it is applied' })),
  deletes: Type.Boolean({ description: 'applying it means taking it away' }),
});

export const PayloadExplanation = Type.Object({
  reference: Type.String(),
  version: Type.String(),
  cluster: Type.Object({
    profile: Type.String(),
    featureSet: Type.String(),
    featureGates: Type.Array(Type.String()),
    capabilities: Nullable(Type.Array(Type.String())),
  }),
  order: Type.Union([Type.Literal('update'), Type.Literal('install')]),
  objects: Type.Array(ObjectView),
  applied: Type.Integer(),
  excluded: Type.Integer(),
  warnings: Type.Array(Type.String()),
});
