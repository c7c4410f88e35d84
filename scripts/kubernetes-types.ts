// Writes src/payload/lint/schema/kubernetes.json: every kind that Kubernetes serves, whether its objects are in namespaces,
// and the fields and types that it has, derived from Kubernetes' OpenAPI as @kubernetes/client-node (Apache-2.0) carries
// it. Run it when the Kubernetes of OKD changes: node scripts/kubernetes-types.ts 2.0.1
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Type } from 'typebox';
import { parserOf, prettyJson } from '../src/util/index.ts';

/** Fields of resource.Quantity, which the client calls strings: a manifest may have numbers there. */
const QUANTITIES = new Set([
  'allocatable',
  'allocatedResources',
  'averageValue',
  'capacity',
  'defaultRequest',
  'divisor',
  'hard',
  'limits',
  'maximumVolumeSize',
  'maxLimitRequestRatio',
  'overhead',
  'podFixed',
  'requests',
  'sizeLimit',
  'tolerance',
  'used',
]);
/** Those of other names: fields of these names are quantities only in the types that follow. */
const QUANTITIES_OF: Readonly<Record<string, RegExp>> = {
  default: /^V1LimitRangeItem$|CapacityRequestPolicy$/,
  max: /^V1LimitRangeItem$|CapacityRequestPolicyRange$/,
  min: /^V1LimitRangeItem$|CapacityRequestPolicyRange$/,
  step: /CapacityRequestPolicyRange$/,
  validValues: /CapacityRequestPolicy$/,
  value: /^V2Metric(?:Target|ValueStatus)$|(?:Counter|DeviceCapacity)$/,
  consumedCapacity: /./,
};
/** OpenAPI asks for them; but servers take the empty value for what is left out. */
const NOT_NEEDED =
  /^(?:StorageV1TokenRequest\.audience|V1CSIDriver\.spec|V1CSINode\.spec|V1ControllerRevision\.revision|V1ISCSI(?:PersistentVolume|Volume)Source\.lun|V1LimitRangeSpec\.limits|(?:Resource)?V1(?:beta\d)?(?:DeviceClass|ResourceClaim|ResourceClaimTemplateSpec)\.spec)$/;
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
/** The server fills it in, and no manifest has it. */
const UNTYPED = new Set(['managedFields']);

const fields = parserOf(
  Type.Array(Type.Object({ name: Type.String(), baseName: Type.String(), type: Type.String(), format: Type.String() })),
  'KUBERNETES_TYPES_INVALID',
);

const NAMES: Readonly<Record<string, string>> = {
  Date: 'time',
  IntOrString: 'int-or-string',
  V1MicroTime: 'time',
  any: 'any',
  boolean: 'boolean',
  object: 'any',
};

/** The client's name of a type, in ours: `string`, `int32`, `[V1Container]`, `{string}`. */
function typeOf(type: string, format: string, name: string, quantity: boolean): string {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  // Lists of these names are of other things.
  if (list !== undefined) return `[${typeOf(list, format, name, quantity && !QUANTITIES.has(name))}]`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) return `{${typeOf(map, format, name, quantity)}}`;
  if (type === 'string' && format === 'byte') return 'bytes';
  if (type === 'string') return quantity ? 'quantity' : 'string';
  if (type === 'number') return format === 'int32' || format === 'int64' ? format : 'number';
  return NAMES[type] ?? type;
}

interface Served {
  /** `apps/v1/Deployment` */
  readonly key: string;
  readonly model: string;
  readonly namespaced: boolean;
}

/** The kinds that the client makes objects of: those of the path of an API, not of one object below it. */
function* served(code: string): Generator<Served> {
  for (const [, body = ''] of code.matchAll(/async create\w+\([^)]*\) \{([\s\S]*?)\n {4}\}\n/g)) {
    const path = /localVarPath = '([^']+)'/.exec(body)?.[1] ?? '';
    const model = /serialize\(body, "(\w+)"/.exec(body)?.[1];
    const [, apiVersion, namespace] =
      /^\/apis?\/([a-z0-9./]*v\d\w*)(\/namespaces\/\{namespace\})?\/[a-z]+$/.exec(path) ?? [];
    if (model === undefined || apiVersion === undefined) continue;
    const kind = model.replace(/^[A-Z][a-z]+(?=V\d)/, '').replace(/^V\d+(?:(?:alpha|beta)\d+)?/, '');
    yield { key: `${apiVersion}/${kind}`, model, namespaced: namespace !== undefined };
  }
}

const version = process.argv[2] ?? '2.0.1';
const folder = mkdtempSync(join(tmpdir(), 'slipway-kubernetes-'));
try {
  const archive = execFileSync('npm', ['pack', '--silent', `@kubernetes/client-node@${version}`], { cwd: folder });
  execFileSync('tar', ['xzf', archive.toString().trim()], { cwd: folder });
  const generated = join(folder, 'package/dist/gen');
  const model = (name: string) => join(generated, 'models', name);
  // The package still has files of APIs that it no longer offers.
  const offered = readFileSync(join(generated, 'index.js'), 'utf8').matchAll(/Object(\w+Api) as/g);
  const kinds = [...offered]
    .flatMap(([, api]) => [...served(readFileSync(join(generated, 'apis', `${api}.js`), 'utf8'))])
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const types: Record<string, Record<string, string>> = {};
  let release = '';
  for (const wanted = kinds.map((kind) => kind.model); wanted.length > 0; ) {
    const name = wanted.pop() ?? '';
    if (types[name] !== undefined) continue;
    const code = readFileSync(model(`${name}.js`), 'utf8');
    release = /OpenAPI spec version: release-(\S+)/.exec(code)?.[1] ?? release;
    const declared = readFileSync(model(`${name}.d.ts`), 'utf8');
    const map = /attributeTypeMap = (\[[\s\S]*?\]);/.exec(code)?.[1] ?? '[]';
    types[name] = Object.fromEntries(
      fields(JSON.parse(map), { file: name }).map(({ name: property, baseName, type, format }) => {
        const quantity = QUANTITIES.has(baseName) || QUANTITIES_OF[baseName]?.test(name) === true;
        const own = UNTYPED.has(baseName)
          ? 'any'
          : (KNOWN[name]?.[baseName] ?? typeOf(type, format, baseName, quantity));
        const required = declared.includes(`\n    '${property}': `) && !NOT_NEEDED.test(`${name}.${baseName}`);
        wanted.push(...(own.match(/[A-Z]\w+/g) ?? []));
        return [baseName, required ? `${own}!` : own];
      }),
    );
  }
  const target = fileURLToPath(new URL('../src/payload/lint/schema/kubernetes.json', import.meta.url));
  writeFileSync(
    target,
    prettyJson({
      source: `Kubernetes OpenAPI release-${release}, from @kubernetes/client-node ${version} (Apache-2.0)`,
      release,
      kinds: Object.fromEntries(kinds.map((kind) => [kind.key, kind.model])),
      namespaced: kinds.filter(({ namespaced }) => namespaced).map(({ key }) => key),
      types,
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
