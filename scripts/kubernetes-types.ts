// Writes src/payload/lint/schema/kubernetes.json: the fields and types of the built-in kinds that a Cluster Version
// Operator decodes, derived from Kubernetes' OpenAPI as @kubernetes/client-node (Apache-2.0) carries it. Run it when the
// Kubernetes of OKD changes: node scripts/kubernetes-types.ts 2.0.1
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { parserOf, prettyJson } from '../src/util/index.ts';

/** `group/Kind`: the model of the client. Those of payload format § 4.4, M209, that are Kubernetes' own. */
const KINDS = {
  '/ConfigMap': 'V1ConfigMap',
  '/Namespace': 'V1Namespace',
  '/Service': 'V1Service',
  '/ServiceAccount': 'V1ServiceAccount',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': 'V1ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition': 'V1CustomResourceDefinition',
  'apps/DaemonSet': 'V1DaemonSet',
  'apps/Deployment': 'V1Deployment',
  'batch/CronJob': 'V1CronJob',
  'batch/Job': 'V1Job',
  'rbac.authorization.k8s.io/ClusterRole': 'V1ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding': 'V1ClusterRoleBinding',
  'rbac.authorization.k8s.io/Role': 'V1Role',
  'rbac.authorization.k8s.io/RoleBinding': 'V1RoleBinding',
};
/** Fields of resource.Quantity, which the client calls strings: a manifest may have numbers there. */
const QUANTITIES = new Set(['divisor', 'limits', 'overhead', 'requests', 'sizeLimit']);
/** Fields of types that OpenAPI does not say all of. */
const KNOWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  V1CustomResourceSubresources: { status: '{any}' },
  // Either of two forms: a structural schema has no others.
  V1JSONSchemaProps: {
    additionalItems: 'V1JSONSchemaProps|boolean',
    additionalProperties: 'V1JSONSchemaProps|boolean',
    items: 'V1JSONSchemaProps',
  },
};
/** The server fills these in, and no manifest has them. */
const LEFT_OUT = new Set(['managedFields']);

const fields = parserOf(
  Type.Array(Type.Object({ baseName: Type.String(), type: Type.String(), format: Type.String() })),
  'KUBERNETES_TYPES_INVALID',
);

const NAMES: Readonly<Record<string, string>> = {
  Date: 'time',
  IntOrString: 'int-or-string',
  any: 'any',
  boolean: 'boolean',
  object: 'any',
};

/** The client's name of a type, in ours: `string`, `int32`, `[V1Container]`, `{string}`. */
function typeOf(type: string, format: string, name: string): string {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) return `[${typeOf(list, format, name)}]`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{${typeOf(map, format, name)}}`;
  if (type === 'string' && format === 'byte') return 'bytes';
  if (type === 'string') return QUANTITIES.has(name) ? 'quantity' : 'string';
  if (type === 'number') return format === 'int32' || format === 'int64' ? format : 'number';
  return NAMES[type] ?? type;
}

const version = process.argv[2] ?? '2.0.1';
const folder = mkdtempSync(join(tmpdir(), 'slipway-kubernetes-'));
try {
  const archive = execFileSync('npm', ['pack', '--silent', `@kubernetes/client-node@${version}`], { cwd: folder });
  execFileSync('tar', ['xzf', archive.toString().trim()], { cwd: folder });
  const model = (name: string) => join(folder, 'package/dist/gen/models', name);
  const types: Record<string, Record<string, string>> = {};
  let release = '';
  for (const wanted = Object.values(KINDS); wanted.length > 0; ) {
    const name = wanted.pop() ?? '';
    if (types[name] !== undefined) continue;
    const code = readFileSync(model(`${name}.js`), 'utf8');
    release = /OpenAPI spec version: (\S+)/.exec(code)?.[1] ?? release;
    const declared = readFileSync(model(`${name}.d.ts`), 'utf8');
    const map = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(code)?.[1] ?? '[]';
    types[name] = Object.fromEntries(
      fields(JSON.parse(map), { file: name })
        .filter(({ baseName }) => !LEFT_OUT.has(baseName))
        .map(({ baseName, type, format }) => {
          const own = KNOWN[name]?.[baseName] ?? typeOf(type, format, baseName);
          const required = declared.includes(`\n    '${baseName}': `);
          wanted.push(...(own.match(/[A-Z]\w+/g) ?? []));
          return [baseName, required ? `${own}!` : own];
        }),
    );
  }
  const source = `Kubernetes OpenAPI ${release}, from @kubernetes/client-node ${version} (Apache-2.0)`;
  const target = fileURLToPath(new URL('../src/payload/lint/schema/kubernetes.json', import.meta.url));
  writeFileSync(target, prettyJson({ source, kinds: KINDS, types }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
