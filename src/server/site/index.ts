export { ensureSite } from './build.ts';
export { exportSite } from './export.ts';
export { serveSite } from './serve.ts';
