import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { parserOf, prettyJson, SlipwayError, storageError, systemCode, writeFileAtomic } from '../util/index.ts';

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
  },
  { additionalProperties: false },
);

export interface WorkspaceSettings {
  readonly publicRegistry: string;
  readonly embedded: boolean;
}

const parseSettings = parserOf(Settings, 'WORKSPACE_INVALID');

/**
 * Opens the settings of a workspace, or makes them. A workspace keeps the public registry it was made with: pull
 * specs in published payloads name it. Errors: `WORKSPACE_INVALID`, `WORKSPACE_CONFLICT` (another registry asked for).
 */
export async function openSettings(
  paths: WorkspacePaths,
  wanted: { readonly registry: string | undefined; readonly embeddedHost: string },
): Promise<WorkspaceSettings> {
  const existing = await readSettings(paths);
  if (existing) {
    if (wanted.registry !== undefined && wanted.registry !== existing.publicRegistry) {
      throw new SlipwayError(
        'WORKSPACE_CONFLICT',
        `this workspace publishes to ${existing.publicRegistry}, not to ${wanted.registry}.`,
        {
          place: { file: paths.settings },
          hint: 'Use another workspace (--data DIR) for another registry.',
        },
      );
    }
    return existing;
  }
  const settings = {
    formatVersion: 1,
    publicRegistry: wanted.registry ?? wanted.embeddedHost,
    embedded: wanted.registry === undefined,
  };
  try {
    await mkdir(paths.root, { recursive: true });
  } catch (error) {
    throw storageError(error, paths.root);
  }
  await writeFileAtomic(paths.settings, prettyJson(settings));
  return settings;
}

async function readSettings(paths: WorkspacePaths): Promise<WorkspaceSettings | undefined> {
  let text: string;
  try {
    text = await readFile(paths.settings, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageError(error, paths.settings);
  }
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
  return parseSettings(value, { file: paths.settings });
}
