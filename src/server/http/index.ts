export { authorizer } from './authorize.ts';
export { sendError, sendUnroutable } from './errors.ts';
export { guard, knownHost, PAGE_HEADERS, SAFETY_HEADERS, whileOpen } from './guard.ts';
export { errorLog } from './log.ts';
export { validatorCompiler } from './validator.ts';
