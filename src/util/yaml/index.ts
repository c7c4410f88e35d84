export { splitDocuments, type YamlDocument } from './documents.ts';
export { YAML_LIMITS, yamlExcess } from './limits.ts';
export { parseYaml, parseYamlDocument, parseYamlDocuments, yamlValue } from './parse.ts';
