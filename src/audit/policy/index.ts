export { formatDay } from './days.ts';
export { covers, daysLeft, type Excepted } from './exceptions.ts';
export { type PolicyText, parsePolicy, readPolicy } from './parse.ts';
export { type YamlLine, YamlSource } from './yaml.ts';
