import type { ReportUnread } from './report.ts';

/** `localhost:8080/okd/content` of `localhost:8080/okd/content@sha256:…` */
export const repositoryOf = (pullSpec: string): string => pullSpec.replace(/@.*$/u, '').replace(/:[^:/]+$/u, '');

/** `component@sha256:…`, or where others find the image; its name alone where nothing else is known. */
export const imageSpec = ({ name, digest, pullSpec }: Pick<ReportUnread, 'name' | 'digest' | 'pullSpec'>): string =>
  pullSpec ?? (digest === null ? name : `${name}@${digest}`);
