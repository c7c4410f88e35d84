export { Cursor } from './cursor.ts';
export { fileBytes } from './file.ts';
export { readAll } from './read.ts';
export { sized, verified } from './verified.ts';
