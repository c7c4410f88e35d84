export { REPOSITORIES, type RepositoryClass, type RepositoryDirectory, repositoryDirectory } from './repositories.ts';
export { KEY_CLASSES, type KeyClass, type KeyDirectory, type KnownKey, SIGNING_KEYS } from './signing-keys.ts';
