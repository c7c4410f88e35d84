export { compileRegex, type Matcher } from './matcher.ts';
