import { Command } from 'commander';
import { answerCommand } from './answer.ts';
import { compileCommand } from './compile.ts';
import { drawCommand } from './draw.ts';
import { explainCommand } from './explain.ts';
import { importCommand } from './import.ts';
import { lintCommand } from './lint.ts';
import { pathCommand } from './path.ts';
import { promoteCommand } from './promote.ts';
import { serveCommand } from './serve.ts';
import { verifyCommand } from './verify.ts';

/** One file a verb. */
const VERBS: readonly (() => Command)[] = [
  answerCommand,
  explainCommand,
  pathCommand,
  promoteCommand,
  compileCommand,
  serveCommand,
  verifyCommand,
  lintCommand,
  importCommand,
  drawCommand,
];

export function graphCommand(): Command {
  const graph = new Command('graph').description('The update graph.');
  for (const verb of VERBS) graph.addCommand(verb());
  return graph;
}
