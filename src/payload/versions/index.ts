export { KUBECTL_TAGS, type ReleaseVersions, releaseVersions } from './combined.ts';
export { DISPLAY_NAMES_LABEL, parseComponentVersions, VERSIONS_LABEL } from './component-versions.ts';
export { sortUpgrades, upgradeList } from './upgrades.ts';
