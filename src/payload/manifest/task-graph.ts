/**
 * The order in which a Cluster Version Operator applies manifests (payload format § 4.3). Files of one run level and
 * component are applied one after the other; components of a level side by side; levels one after the other in an
 * update, all at once in an installation.
 */
export interface TaskNode<T> {
  /** Applied in this order. Empty: a point where several lines meet. */
  readonly tasks: readonly T[];
  /** Indexes of the nodes that must be done first, and of those that wait for this one. */
  readonly in: readonly number[];
  readonly out: readonly number[];
}

export type TaskOrder = 'update' | 'install';

interface Task {
  /** Name of the manifest file. */
  readonly file: string;
  /** A batch/v1 Job lets nothing run beside it. */
  readonly job?: boolean;
}

const LEVEL = /^0000_(\d+)_([a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*?)_/;

/** Run level and component that a file name gives; `undefined` when it gives none. */
export function runLevelOf(file: string): { readonly level: string; readonly component: string } | undefined {
  const [, level, component] = LEVEL.exec(file) ?? [];
  return level === undefined || component === undefined ? undefined : { level, component };
}

interface Group<T> {
  /** `undefined` for a file whose name gives no level: it stands alone. */
  readonly level: string | undefined;
  readonly component: string;
  readonly tasks: T[];
}

/** Neighbouring tasks of one level and component. */
function groups<T extends Task>(tasks: readonly T[]): Group<T>[] {
  const result: Group<T>[] = [];
  for (const task of tasks) {
    const { level, component = '' } = runLevelOf(task.file) ?? {};
    const last = result.at(-1);
    if (level !== undefined && last?.level === level && last.component === component) last.tasks.push(task);
    else result.push({ level, component, tasks: [task] });
  }
  return result;
}

/** Lines of work: what stands in one row runs in order, rows of a stage run side by side. */
type Stage<T> = readonly (readonly T[])[];

/** Levels one after the other; stages of a single line are joined into one. */
function updateStages<T extends Task>(tasks: readonly T[]): Stage<T>[] {
  const stages: (T[][] & { level?: string | undefined })[] = [];
  for (const { level, tasks: line } of groups(tasks)) {
    const last = stages.at(-1);
    if (last !== undefined && level !== undefined && last.level === level) last.push([...line]);
    else stages.push(Object.assign([[...line]], { level }));
  }
  const joined: T[][][] = [];
  for (const stage of stages) {
    const last = joined.at(-1);
    if (last?.length === 1 && stage.length === 1) last[0]?.push(...(stage[0] ?? []));
    else joined.push([...stage]);
  }
  return joined;
}

function stagesOf<T extends Task>(tasks: readonly T[], order: TaskOrder): Stage<T>[] {
  return order === 'update' ? updateStages(tasks) : [groups(tasks).map((group) => group.tasks)];
}

/** Runs of tasks between Jobs; a Job stands alone. */
function segments<T extends Task>(tasks: readonly T[]): T[][] {
  const result: T[][] = [];
  let open = false;
  for (const task of tasks) {
    const alone = task.job === true;
    if (open && !alone) result.at(-1)?.push(task);
    else result.push([task]);
    open = !alone;
  }
  return result;
}

class Graph<T> {
  readonly nodes: { tasks: readonly T[]; in: number[]; out: number[] }[] = [];
  /** Nodes that nothing waits for yet. */
  #ends: readonly number[] = [];

  /** Adds lines that all wait for what was last added. */
  add(lines: Stage<T>): void {
    // a point in between spares connecting every line with every other
    if (this.#ends.length > 1 && lines.length > 1) this.add([[]]);
    const from = this.#ends;
    this.#ends = lines.map((tasks) => {
      const index = this.nodes.length;
      this.nodes.push({ tasks, in: [...from], out: [] });
      for (const other of from) this.nodes[other]?.out.push(index);
      return index;
    });
  }
}

/**
 * The graph of tasks. `tasks` must be in the operator's order: `/manifests`, then `/release-manifests`, each by file
 * name. A file whose name gives no level is a barrier in an update.
 */
export function taskGraph<T extends Task>(tasks: readonly T[], order: TaskOrder): readonly TaskNode<T>[] {
  const graph = new Graph<T>();
  for (const segment of segments(tasks)) {
    const stages = stagesOf(segment, order);
    const single = stages.length === 1 && stages[0]?.length === 1;
    if (!single) graph.add([[]]);
    for (const stage of stages) graph.add(stage);
  }
  return graph.nodes;
}
