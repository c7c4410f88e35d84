export {
  directoryCache,
  type FactsFolder,
  type LayerFactsCache,
  memoryCache,
  type PackageFilesCache,
} from './cache.ts';
export {
  type AuditImageOptions,
  type AuditImagesOptions,
  type AuditOptions,
  auditImage,
  auditImages,
  type LayerProgress,
  type Survey,
  surveyImages,
} from './image.ts';
export type { AuditedList, ImageToAudit } from './open.ts';
