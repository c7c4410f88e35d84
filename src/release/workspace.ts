import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { ifThere, parserOf, prettyJson, SlipwayError, writeFileAtomic } from '../util/index.ts';

/** Folders of a workspace; everything Slipway keeps is below one folder. */
export interface WorkspacePaths {
  readonly root: string;
  /** PostgreSQL's data, unless the database is external. */
  readonly postgres: string;
  /** Blobs and repositories of the embedded registry. */
  readonly registry: string;
  readonly evidence: string;
  /** Layer facts of the audit, by layer digest. */
  readonly cache: string;
  /** `sha256=HEX/signature-N`, as the Cluster Version Operator asks for them. */
  readonly signatures: string;
  /** `REPOSITORY@sha256=HEX/signature-N`, as podman, skopeo and CRI-O ask for them. */
  readonly lookaside: string;
  /** `VERSION/…` with sha256sum.txt. */
  readonly downloads: string;
  /** `VERSION/…`: reports, SBOMs and signed attestations of published releases. */
  readonly attestations: string;
  /** Private key that attestations are signed with. */
  readonly attestationKey: string;
  /** Logs and artefacts of end-to-end jobs. */
  readonly jobs: string;
  readonly settings: string;
}

export function workspacePaths(root: string): WorkspacePaths {
  const at = (name: string): string => join(root, name);
  return {
    root,
    postgres: at('postgres'),
    registry: at('registry'),
    evidence: at('evidence'),
    cache: at('cache'),
    signatures: at('signatures'),
    lookaside: at('lookaside'),
    downloads: at('downloads'),
    attestations: at('attestations'),
    attestationKey: at('attestation.key'),
    jobs: at('jobs'),
    settings: at('workspace.json'),
  };
}

const Settings = Type.Object(
  {
    formatVersion: Type.Literal(1),
    /** `host[:port][/prefix]` under which others pull: part of every pull spec, so fixed when the workspace is made. */
    publicRegistry: Type.String({ minLength: 1 }),
    /** Whether `publicRegistry` is the embedded one. */
    embedded: Type.Boolean(),
    /** Release definition that was asked for last, absolute; left out: the standard one. */
    definition: Type.Optional(Type.String({ minLength: 1 })),
    /** Where the releases are kept; left out: in the workspace itself. */
    database: Type.Optional(Type.Literal('external')),
  },
  { additionalProperties: false },
);

export type WorkspaceSettings = Omit<Static<typeof Settings>, 'formatVersion'>;

/** What whoever opens a workspace asks for. */
export interface WantedSettings {
  /** Registry to publish to; left out: the one the workspace was made with, at first the embedded one. */
  readonly registry?: string | undefined;
  /** `host:port` of the embedded registry of a new workspace. */
  readonly embeddedHost: string;
  readonly definition?: string | undefined;
  readonly database: 'embedded' | 'external';
}

const parseSettings = parserOf(Settings, 'WORKSPACE_INVALID');

/**
 * The settings a workspace would be opened with; nothing is written. A workspace keeps the public registry it was made
 * with, as pull specs in published payloads name it, and the kind of its database, which knows its releases. Errors:
 * `WORKSPACE_CONFLICT` (something else is asked for), and those of `readSettings`.
 */
export async function planSettings(paths: WorkspacePaths, wanted: WantedSettings): Promise<WorkspaceSettings> {
  const existing = await readSettings(paths);
  if (existing === undefined) {
    return {
      publicRegistry: wanted.registry ?? wanted.embeddedHost,
      embedded: wanted.registry === undefined,
      ...(wanted.definition === undefined ? {} : { definition: wanted.definition }),
      ...(wanted.database === 'external' ? { database: wanted.database } : {}),
    };
  }
  const conflict = (message: string, hint: string): SlipwayError =>
    new SlipwayError('WORKSPACE_CONFLICT', message, { place: { file: paths.settings }, hint });
  if (wanted.registry !== undefined && wanted.registry !== existing.publicRegistry) {
    throw conflict(
      `this workspace publishes to ${existing.publicRegistry}, not to ${wanted.registry}.`,
      'Use another workspace (--data DIR) for another registry.',
    );
  }
  const database = existing.database ?? 'embedded';
  if (wanted.database !== database) {
    throw database === 'external'
      ? conflict('the releases of this workspace are in an external database.', 'Set DATABASE_URL to it.')
      : conflict(
          'the releases of this workspace are in its own database, but DATABASE_URL names another.',
          'Unset DATABASE_URL, or use another workspace (--data DIR).',
        );
  }
  return { ...existing, ...(wanted.definition === undefined ? {} : { definition: wanted.definition }) };
}

/** As `planSettings`, and keeps them. To be called under the workspace's lock. */
export async function openSettings(paths: WorkspacePaths, wanted: WantedSettings): Promise<WorkspaceSettings> {
  const before = await readSettings(paths);
  const settings = await planSettings(paths, wanted);
  if (before === undefined || prettyJson(before) !== prettyJson(settings))
    await writeFileAtomic(paths.settings, prettyJson({ formatVersion: 1, ...settings }));
  return settings;
}

/**
 * The settings of a workspace; `undefined` when there is none. Errors: `WORKSPACE_INVALID`, `WORKSPACE_NEWER`, and
 * those of the disk.
 */
export async function readSettings(paths: WorkspacePaths): Promise<WorkspaceSettings | undefined> {
  const text = await ifThere(readFile(paths.settings, 'utf8'), paths.settings);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SlipwayError('WORKSPACE_INVALID', 'the workspace settings are not JSON.', {
      place: { file: paths.settings },
      cause: error,
    });
  }
  if (
    typeof value === 'object' &&
    value !== null &&
    'formatVersion' in value &&
    typeof value.formatVersion === 'number' &&
    value.formatVersion > 1
  ) {
    throw new SlipwayError(
      'WORKSPACE_NEWER',
      `this workspace has format ${value.formatVersion}; this program knows format 1.`,
      {
        place: { file: paths.settings },
        hint: 'Run the newer Slipway that made it.',
      },
    );
  }
  const { formatVersion: _, ...settings } = parseSettings(value, { file: paths.settings });
  return settings;
}
