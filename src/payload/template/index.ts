export { parseGoTemplate, renderGoTemplate } from './go-template.ts';
export { jsonPathValues, parseJsonPath, renderJsonPath } from './jsonpath.ts';
