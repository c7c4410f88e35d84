#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { explain, run, unwritable } = await import('./program.ts');
// Whoever reads the output may stop reading (`| head`); there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw unwritable(error);
});
process.on('uncaughtException', (error) => process.exit(explain(error)));
process.exitCode = await run(process.argv.slice(2));
