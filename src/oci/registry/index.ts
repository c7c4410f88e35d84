export { registryPlugin } from './http/plugin.ts';
export { LocalRegistry } from './storage/local.ts';
export { LocalRepository } from './storage/repository.ts';
