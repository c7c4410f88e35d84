import { readJson, SlipwayError } from '../../util/index.ts';
import { type GoValue, goMap, goTime, ZERO_TIME } from '../text/index.ts';

/**
 * The docker v1 image configuration as `oc adm release new` writes it: the fields of openshift/api's
 * image/docker10 types, in their order, empty ones left out (payload format § 1.11). Fields that Go's type does not
 * have (Healthcheck, StopSignal, Shell) are dropped, as oc drops them.
 */
type Kind = 'text' | 'number' | 'flag' | 'list' | 'map' | 'set';

const CONFIG_FIELDS: readonly (readonly [name: string, kind: Kind])[] = [
  ['Hostname', 'text'],
  ['Domainname', 'text'],
  ['User', 'text'],
  ['Memory', 'number'],
  ['MemorySwap', 'number'],
  ['CpuShares', 'number'],
  ['Cpuset', 'text'],
  ['AttachStdin', 'flag'],
  ['AttachStdout', 'flag'],
  ['AttachStderr', 'flag'],
  ['PortSpecs', 'list'],
  ['ExposedPorts', 'set'],
  ['Tty', 'flag'],
  ['OpenStdin', 'flag'],
  ['StdinOnce', 'flag'],
  ['Env', 'list'],
  ['Cmd', 'list'],
  ['Dns', 'list'],
  ['Image', 'text'],
  ['Volumes', 'set'],
  ['VolumesFrom', 'text'],
  ['WorkingDir', 'text'],
  ['Entrypoint', 'list'],
  ['NetworkDisabled', 'flag'],
  ['SecurityOpts', 'list'],
  ['OnBuild', 'list'],
];

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(field: string): SlipwayError {
  return new SlipwayError('PAYLOAD_CONFIG_INVALID', `the image's configuration has an unexpected ${field}.`, {
    place: { field },
  });
}

/** A text in a list or map, where Go has the empty one for `null`. */
function textIn(value: unknown, field: string): string {
  if (value !== null && typeof value !== 'string') throw refuse(field);
  return value ?? '';
}

const READ: Readonly<Record<Kind, (value: unknown, field: string) => GoValue | undefined>> = {
  text(value, field) {
    if (typeof value !== 'string') throw refuse(field);
    return value === '' ? undefined : value;
  },
  number(value, field) {
    // int64 there.
    if (!Number.isSafeInteger(value) || typeof value !== 'number') throw refuse(field);
    return value === 0 ? undefined : value;
  },
  flag(value, field) {
    if (typeof value !== 'boolean') throw refuse(field);
    return value ? true : undefined;
  },
  list(value, field) {
    if (!Array.isArray(value)) throw refuse(field);
    return value.length === 0 ? undefined : value.map((item: unknown) => textIn(item, field));
  },
  map(value, field) {
    if (!isFields(value)) throw refuse(field);
    const entries = Object.entries(value).map(([key, item]): [string, GoValue] => [key, textIn(item, field)]);
    return entries.length === 0 ? undefined : new Map(entries);
  },
  set(value, field) {
    if (!isFields(value)) throw refuse(field);
    const keys = Object.keys(value);
    return keys.length === 0 ? undefined : new Map<string, GoValue>(keys.map((key) => [key, {}]));
  },
};

function read(fields: Fields, name: string, kind: Kind): GoValue | undefined {
  const value = fields[name];
  return value === undefined || value === null ? undefined : READ[kind](value, name);
}

function runConfig(fields: Fields, labels: Readonly<Record<string, string>> | undefined): GoValue {
  const own = labels === undefined ? read(fields, 'Labels', 'map') : goMap(labels);
  return {
    ...Object.fromEntries(CONFIG_FIELDS.map(([name, kind]) => [name, read(fields, name, kind)])),
    Labels: own,
  };
}

/** What of a configuration is written, other than what is taken over from `raw`. */
export interface ConfigChanges {
  /** RFC 3339. */
  readonly created?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Sum of the compressed layers, bytes. */
  readonly size?: number;
  readonly diffIds?: readonly string[];
  readonly history?: readonly GoValue[];
  /**
   * Drops parent, container and container configuration: the image is made, not committed. What is missing of its
   * platform is that of oc: linux, amd64.
   */
  readonly fresh?: boolean;
}

/** A `time.Time`, not a `metav1.Time`: no part of a second is lost, and one that is not there is Go's zero. */
function timeOf(fields: Fields, field: string): string {
  const { created } = fields;
  if (created === undefined || created === null) return ZERO_TIME;
  const time = typeof created === 'string' ? goTime(created) : undefined;
  if (time === undefined) throw refuse(field);
  return time;
}

function historyOf(raw: Fields): readonly GoValue[] | undefined {
  const { history } = raw;
  if (!Array.isArray(history) || history.length === 0) return undefined;
  return history.filter(isFields).map((entry, index) => ({
    created: timeOf(entry, `history[${index}].created`),
    author: read(entry, 'author', 'text'),
    created_by: read(entry, 'created_by', 'text'),
    comment: read(entry, 'comment', 'text'),
    empty_layer: read(entry, 'empty_layer', 'flag'),
  }));
}

/** A configuration, read from its bytes, in Go's form. Throws `PAYLOAD_CONFIG_INVALID`. */
export function dockerConfigValue(bytes: Uint8Array, changes: ConfigChanges = {}): GoValue {
  const raw: unknown = readJson(Buffer.from(bytes).toString('utf8'));
  if (!isFields(raw)) throw refuse('form');
  const { fresh = false, labels } = changes;
  const config = isFields(raw.config) ? raw.config : labels && {};
  const platform = (field: 'os' | 'architecture', otherwise: string) =>
    read(raw, field, 'text') ?? (fresh ? otherwise : undefined);
  // Read also where it is replaced: oc reads no configuration with another value there.
  const size = read(raw, 'size', 'number');
  const rootfs = isFields(raw.rootfs) ? raw.rootfs : {};
  return {
    id: read(raw, 'id', 'text') ?? '',
    parent: fresh ? undefined : read(raw, 'parent', 'text'),
    comment: read(raw, 'comment', 'text'),
    created: changes.created ?? timeOf(raw, 'created'),
    container: fresh ? undefined : read(raw, 'container', 'text'),
    container_config: fresh ? {} : runConfig(isFields(raw.container_config) ? raw.container_config : {}, undefined),
    docker_version: read(raw, 'docker_version', 'text'),
    author: read(raw, 'author', 'text'),
    config: config && runConfig(config, labels),
    architecture: platform('architecture', 'amd64'),
    size: changes.size ?? size,
    rootfs: { type: 'layers', diff_ids: changes.diffIds ?? read(rootfs, 'diff_ids', 'list') },
    history: changes.history ?? historyOf(raw),
    os: platform('os', 'linux'),
    'os.version': read(raw, 'os.version', 'text'),
    'os.features': read(raw, 'os.features', 'list'),
  };
}
