export { baseOf, basesOf, maybeBase, readBase } from './base.ts';
export { type ClusterManifest, isVerificationConfig, ofCluster, type Seen, verifierIn } from './cluster.ts';
export { type ReleaseTrust, type TrustOptions, trustOfRelease } from './verifier.ts';
