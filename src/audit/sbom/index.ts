export { cyclonedxFormat } from './cyclonedx.ts';
export { spdxFormat } from './spdx.ts';
