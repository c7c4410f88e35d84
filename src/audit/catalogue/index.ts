export { buildCatalogue, type CatalogueOptions, formatCatalogue } from './build.ts';
export { type Catalogue, type CatalogueFile, cataloguesOf, parseCatalogue } from './model.ts';
export { folderRepository, type RepositorySource, webRepository } from './source.ts';
