export { print, printLine } from './print.ts';
export { printf } from './printf.ts';
