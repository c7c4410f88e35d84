export { baseOf, basesOf, maybeBase, readBase } from './base.ts';
export { isVerificationConfig, ofCluster, type Seen } from './cluster.ts';
export { type ReleaseTrust, type TrustOptions, trustOfRelease } from './verifier.ts';
