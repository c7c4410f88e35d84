export { type CredentialSource, type Credentials, dockerCredentials } from './auth/credentials.ts';
export { type ClientOptions, RegistryClient } from './client.ts';
export { type MirrorRule, parseMirrors } from './mirrors/mirrors.ts';
export type { TransportOptions } from './transport.ts';
export { OpenUploads } from './uploads.ts';
