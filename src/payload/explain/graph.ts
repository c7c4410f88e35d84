/** Objects that are applied one after the other. */
export interface RunNode {
  /** Run levels of its files, in order. */
  readonly levels: readonly string[];
  /** The component, mostly. */
  readonly title: string;
  /** Empty: a point where several lines meet. */
  readonly tasks: readonly string[];
  /** Indexes of the nodes before and after. */
  readonly in: readonly number[];
  readonly out: readonly number[];
}

/** An order of work, ready to be drawn. */
export interface RunGraph {
  readonly title: string;
  readonly subtitle: string;
  readonly nodes: readonly RunNode[];
}

/**
 * The nodes that run side by side, stage after stage: what is as far from the start. Points where lines meet are left
 * out. In a Cluster Version Operator's graph everything of a stage waits for everything of the one before.
 */
export function stagesOf({ nodes }: RunGraph): readonly (readonly RunNode[])[] {
  const depth: number[] = [];
  const stages: RunNode[][] = [];
  for (const [index, node] of nodes.entries()) {
    const own = Math.max(
      0,
      ...node.in.map((before) => (depth[before] ?? 0) + (nodes[before]?.tasks.length === 0 ? 0 : 1)),
    );
    depth[index] = own;
    if (node.tasks.length === 0) continue;
    stages[own] = [...(stages[own] ?? []), node];
  }
  return stages.filter((stage) => stage !== undefined);
}

/** `00`, or `00 to 05`. */
export function levelsText(nodes: readonly RunNode[]): string {
  const levels = nodes.flatMap(({ levels: own }) => own);
  const [first, last] = [levels[0], levels.at(-1)];
  if (first === undefined) return '';
  return first === last ? `run level ${first}` : `run levels ${first} to ${last}`;
}
