import { type Static, Type } from 'typebox';
import { messageOf, parserOf, SlipwayError } from '../../util/index.ts';
import { parseYaml, YAML_LIMITS } from '../../util/yaml/index.ts';

/** Lists of a cluster are larger than one object: 16 times as much is read, with memory in the same measure. */
const LIST_LIMITS = {
  ...YAML_LIMITS,
  bytes: 16 * YAML_LIMITS.bytes,
  tokens: 16 * YAML_LIMITS.tokens,
  values: 16 * YAML_LIMITS.values,
};

/** A Kubernetes object as far as facts are drawn from it, and the file or address it was read from. */
const ResourceSchema = Type.Object({
  kind: Type.String(),
  metadata: Type.Object({
    name: Type.String(),
    namespace: Type.Optional(Type.String()),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
  spec: Type.Optional(Type.Unknown()),
  status: Type.Optional(Type.Unknown()),
  data: Type.Optional(Type.Unknown()),
});
const ListSchema = Type.Object({ kind: Type.String({ pattern: 'List$' }), items: Type.Array(Type.Unknown()) });

export interface Resource extends Static<typeof ResourceSchema> {
  readonly file: string;
}

const parseResource = parserOf(ResourceSchema, 'GRAPH_CLUSTER_INVALID');
const parseList = parserOf(ListSchema, 'GRAPH_CLUSTER_INVALID');

/** The objects of a YAML or JSON file: one object, or those of a list. Throws `GRAPH_CLUSTER_INVALID`. */
export function parseResources(text: string, file: string, kind?: string): Resource[] {
  let value: unknown;
  try {
    value = parseYaml(text, { limits: LIST_LIMITS });
  } catch (cause) {
    throw new SlipwayError('GRAPH_CLUSTER_INVALID', `the file is not YAML: ${messageOf(cause).split('\n')[0]}.`, {
      place: { file },
      cause,
    });
  }
  return resourcesOf(value, file, kind);
}

/** The objects of an API answer or a parsed file. */
export function resourcesOf(value: unknown, file: string, kind?: string): Resource[] {
  const isList = typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items);
  if (!isList) return [{ ...parseResource(withKind(value, kind), { file }), file }];
  // items of an API answer have no kind of their own
  const list = parseList(value, { file });
  const ofItems = list.kind === 'List' ? kind : list.kind.slice(0, -'List'.length);
  return list.items.map((item) => ({ ...parseResource(withKind(item, ofItems), { file }), file }));
}

function withKind(value: unknown, kind: string | undefined): unknown {
  return typeof value === 'object' && value !== null && !('kind' in value) && kind !== undefined
    ? { ...value, kind }
    : value;
}
