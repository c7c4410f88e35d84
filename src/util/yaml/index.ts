export { splitDocuments, type YamlDocument } from './documents.ts';
export { YAML_LIMITS, type YamlLimits } from './limits.ts';
export { parseYaml, parseYamlDocument, parseYamlDocuments, type YamlOptions, yamlValue } from './parse.ts';
