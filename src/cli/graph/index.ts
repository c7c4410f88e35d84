import { Command } from 'commander';
import { answerCommand } from './answer.ts';
import { explainCommand } from './explain.ts';
import { pathCommand } from './path.ts';

/** One file a verb. */
const VERBS: readonly (() => Command)[] = [answerCommand, explainCommand, pathCommand];

export function graphCommand(): Command {
  const graph = new Command('graph').description('The update graph.');
  for (const verb of VERBS) graph.addCommand(verb());
  return graph;
}
