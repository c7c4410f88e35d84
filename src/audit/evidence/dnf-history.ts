import { readSqliteTables, type SqlTable, type SqlValue } from '../../rpm/index.ts';
import type { DnfHistoryFacts, DnfPackage, DnfTransaction } from '../model/index.ts';

/** Tables of dnf4's history.sqlite and of dnf5's transaction_history.sqlite. */
const TABLES = [
  'trans',
  'trans_item',
  'repo',
  'rpm',
  'pkg_name',
  'arch',
  'trans_item_action',
  'trans_item_reason',
  'trans_item_state',
] as const;

/** dnf4 has its enumerations in code (libdnf, transaction/Types.hpp). */
const DNF4_ACTIONS: Readonly<Record<number, string>> = {
  1: 'install',
  2: 'downgrade',
  4: 'obsolete',
  6: 'upgrade',
  9: 'reinstall',
};
const DNF4_REASONS: Readonly<Record<number, string>> = {
  1: 'dependency',
  2: 'user',
  3: 'clean',
  4: 'weak dependency',
  5: 'group',
};
const DNF4_ERROR = 2;

/** Actions that put a package in; all others take one out, or only change why it is there. */
const INBOUND: readonly string[] = Object.values(DNF4_ACTIONS);

/** What dnf writes where it does not know the repository. */
const NO_REPOSITORY: readonly string[] = ['', '<unknown>', '@System', '@commandline', '@@commandline'];

type Row = SqlTable[number];

const number = (value: SqlValue | undefined): number | null => (typeof value === 'number' ? value : null);
const text = (value: SqlValue | undefined): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Names by id of a small table. */
function names(table: SqlTable | undefined, column = 'name'): ReadonlyMap<SqlValue, string> {
  return new Map((table ?? []).map((row) => [row.id ?? null, text(row[column]) ?? '']));
}

/** What the numbers in `trans_item` mean, for either generation. */
interface Words {
  readonly format: DnfHistoryFacts['format'];
  action(item: Row): string;
  reason(item: Row): string;
  failed(item: Row): boolean;
  nameOf(rpm: Row): string;
  archOf(rpm: Row): string;
}

function dnf4(): Words {
  return {
    format: 'dnf4',
    action: (item) => DNF4_ACTIONS[number(item.action) ?? 0] ?? '',
    reason: (item) => DNF4_REASONS[number(item.reason) ?? 0] ?? 'unknown',
    failed: (item) => item.state === DNF4_ERROR,
    nameOf: (rpm) => text(rpm.name) ?? '',
    archOf: (rpm) => text(rpm.arch) ?? '',
  };
}

function dnf5(tables: ReadonlyMap<string, SqlTable>): Words {
  const actions = names(tables.get('trans_item_action'));
  const reasons = names(tables.get('trans_item_reason'));
  const states = names(tables.get('trans_item_state'));
  const packages = names(tables.get('pkg_name'));
  const arches = names(tables.get('arch'));
  return {
    format: 'dnf5',
    action: (item) => (actions.get(item.action_id ?? null) ?? '').toLowerCase(),
    reason: (item) => (reasons.get(item.reason_id ?? null) ?? 'unknown').toLowerCase(),
    failed: (item) => states.get(item.state_id ?? null) === 'Error',
    nameOf: (rpm) => packages.get(rpm.name_id ?? null) ?? '',
    archOf: (rpm) => arches.get(rpm.arch_id ?? null) ?? '',
  };
}

function transactionOf(row: Row): DnfTransaction {
  return {
    id: number(row.id) ?? 0,
    begin: number(row.dt_begin),
    end: number(row.dt_end),
    releasever: text(row.releasever),
    commandLine: text(row.cmdline) ?? text(row.description),
  };
}

/** The last item of each package that put it in; one that knows its repository before one that does not. */
function packagesOf(tables: ReadonlyMap<string, SqlTable>, words: Words): DnfPackage[] {
  const repositories = names(tables.get('repo'), 'repoid');
  const rpms = new Map((tables.get('rpm') ?? []).map((rpm) => [rpm.item_id ?? null, rpm]));
  const last = new Map<SqlValue, DnfPackage>();
  for (const item of tables.get('trans_item') ?? []) {
    const rpm = rpms.get(item.item_id ?? null);
    const action = words.action(item);
    if (!rpm || !INBOUND.includes(action) || words.failed(item)) continue;
    const repository = repositories.get(item.repo_id ?? null) ?? '';
    const known = NO_REPOSITORY.includes(repository) ? null : repository;
    const earlier = last.get(item.item_id ?? null);
    if (known === null && earlier?.repository != null) continue;
    const epoch = number(rpm.epoch) ?? 0;
    const name = words.nameOf(rpm);
    last.set(item.item_id ?? null, {
      nevra: `${name}-${epoch === 0 ? '' : `${epoch}:`}${text(rpm.version) ?? ''}-${text(rpm.release) ?? ''}.${words.archOf(rpm)}`,
      name,
      repository: known,
      action,
      reason: words.reason(item),
      transaction: number(item.trans_id) ?? 0,
    });
  }
  return [...last.values()].sort((a, b) => (a.nevra < b.nevra ? -1 : a.nevra > b.nevra ? 1 : 0));
}

/**
 * Reads a history of dnf, of either generation, wherever it lies; `undefined` for any other SQLite database. Missing when
 * /var/lib/dnf was cleaned, and for a base image built with --installroot. Throws `RPM_DB_…` for one that lies.
 */
export function readDnfHistory(
  main: Uint8Array,
  log: Uint8Array | undefined,
): Omit<DnfHistoryFacts, 'path'> | undefined {
  const tables = readSqliteTables(main, log, TABLES);
  if (!tables.has('trans_item') || !tables.has('rpm') || !tables.has('repo')) return undefined;
  const words = tables.has('pkg_name') ? dnf5(tables) : dnf4();
  return {
    format: words.format,
    transactions: (tables.get('trans') ?? []).map(transactionOf).sort((a, b) => a.id - b.id),
    packages: packagesOf(tables, words),
  };
}
