import type { Engine } from '../../release/index.ts';

interface RegistryRequest {
  readonly repository: string;
  readonly action: 'pull' | 'push' | 'delete';
  readonly authorization?: string;
}

/**
 * Who may do what in the embedded registry:
 * - staging repositories hold what is not accepted yet: only the jobs' credential reads them;
 * - published repositories are read by everybody and written by the engine alone (it writes in this process, not
 *   over HTTP), so that nobody replaces a release behind the ledger's back;
 * - every other repository is free for all who reach this loopback server.
 */
export function authorizer(engine: Engine): (request: RegistryRequest) => 'allow' | 'deny' | 'unauthorized' {
  const { repositories } = engine.tools.definition;
  const published = new Set([repositories.content, repositories.release]);
  return ({ repository, action, authorization }) => {
    if (repository === 'staging' || repository.startsWith('staging/')) {
      if (authorization !== engine.tools.endpoint().authorization) return 'unauthorized';
      return action === 'pull' ? 'allow' : 'deny';
    }
    return published.has(repository) && action !== 'pull' ? 'deny' : 'allow';
  };
}
