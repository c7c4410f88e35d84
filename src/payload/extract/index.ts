export { CLOUDS } from './clouds.ts';
export { type InstallPlan, parseInstallConfig } from './install-config.ts';
export { type ExtractManifestsOptions, extractManifests, payloadFile } from './manifests.ts';
