import { SlipwayError } from '../../util/index.ts';
import { emptySet, type Pattern, parsePattern } from './parser.ts';

/**
 * Linear-time matching of the `from` patterns of graph-data, with the meaning they have in Cincinnati (Rust's regex
 * crate, unanchored search). The JavaScript engine would read some of them differently (`50])`) and can be made to
 * backtrack for hours by a hostile pattern; this matcher's time is bounded by pattern size × text length.
 * Thompson's construction, run as a lazily built automaton.
 */
export type Matcher = (text: string) => boolean;

type Instruction =
  | { readonly op: 'set'; readonly set: Uint8Array }
  | { readonly op: 'split'; readonly a: number; readonly b: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'assert'; readonly kind: Extract<Pattern, { kind: 'assert' }>['at'] }
  | { readonly op: 'match' };

/** Keeps counted repetitions such as `((a{99}){99}){99}` from filling the memory; real patterns need about 100. */
const MAX_INSTRUCTIONS = 5000;
/** Remembered automaton states; beyond it the memory of them starts anew. */
const MAX_STATES = 1000;

/** Compiles a pattern. Throws `GRAPH_REGEX` where Rust's regex crate would refuse it, or for syntax not offered here. */
export function compileRegex(source: string): Matcher {
  return automaton(assemble(parsePattern(source), source));
}

function assemble(pattern: Pattern, source: string): readonly Instruction[] {
  const program: Instruction[] = [];
  const emit = (instruction: Instruction): number => {
    if (program.length >= MAX_INSTRUCTIONS)
      throw new SlipwayError('GRAPH_REGEX', `the pattern "${source.slice(0, 80)}" is too large.`);
    return program.push(instruction) - 1;
  };
  const placeholder = (): number => emit({ op: 'match' });
  const add = (node: Pattern): void => {
    switch (node.kind) {
      case 'set':
        emit({ op: 'set', set: node.set });
        break;
      case 'assert':
        emit({ op: 'assert', kind: node.at });
        break;
      case 'sequence':
        node.parts.forEach(add);
        break;
      case 'choice': {
        const exits: number[] = [];
        node.parts.forEach((part, index) => {
          if (index === node.parts.length - 1) {
            add(part);
            return;
          }
          const split = placeholder();
          add(part);
          exits.push(placeholder());
          program[split] = { op: 'split', a: split + 1, b: program.length };
        });
        for (const exit of exits) program[exit] = { op: 'jump', to: program.length };
        break;
      }
      case 'repeat': {
        for (let count = 0; count < node.min; count++) add(node.part);
        if (node.max === Number.POSITIVE_INFINITY) {
          const split = placeholder();
          add(node.part);
          emit({ op: 'jump', to: split });
          program[split] = { op: 'split', a: split + 1, b: program.length };
        } else {
          const splits: number[] = [];
          for (let count = node.min; count < node.max; count++) {
            splits.push(placeholder());
            add(node.part);
          }
          for (const split of splits) program[split] = { op: 'split', a: split + 1, b: program.length };
        }
        break;
      }
    }
  };
  add(pattern);
  emit({ op: 'match' });
  return program;
}

interface State {
  /** Program counters before following empty moves, ascending. */
  readonly counters: readonly number[];
  /** By character before and character after the position; -1 outside the text. */
  readonly moves: Map<number, State | 'matched'>;
}

const WORD = emptySet();
for (const char of '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz') WORD[char.charCodeAt(0)] = 1;
const NEWLINE = 10;

function holds(kind: Extract<Instruction, { op: 'assert' }>['kind'], before: number, after: number): boolean {
  switch (kind) {
    case 'text-start':
      return before === -1;
    case 'text-end':
      return after === -1;
    case 'line-start':
      return before === -1 || before === NEWLINE;
    case 'line-end':
      return after === -1 || after === NEWLINE;
    case 'word-boundary':
      return (WORD[before] ?? 0) !== (WORD[after] ?? 0);
    case 'no-word-boundary':
      return (WORD[before] ?? 0) === (WORD[after] ?? 0);
  }
}

function automaton(program: readonly Instruction[]): Matcher {
  let states = new Map<string, State>();
  const stateOf = (counters: readonly number[]): State => {
    const key = counters.join();
    const known = states.get(key);
    if (known !== undefined) return known;
    if (states.size >= MAX_STATES) states = new Map();
    const state: State = { counters, moves: new Map() };
    states.set(key, state);
    return state;
  };

  const move = (state: State, before: number, after: number): State | 'matched' => {
    const seen = new Set<number>();
    const next = new Set<number>([0]);
    const open = [...state.counters];
    for (let counter = open.pop(); counter !== undefined; counter = open.pop()) {
      if (seen.has(counter)) continue;
      seen.add(counter);
      const instruction = program[counter] as Instruction;
      if (instruction.op === 'match') return 'matched';
      if (instruction.op === 'jump') open.push(instruction.to);
      else if (instruction.op === 'split') open.push(instruction.a, instruction.b);
      else if (instruction.op === 'set') {
        if (instruction.set[after] === 1) next.add(counter + 1);
      } else if (holds(instruction.kind, before, after)) open.push(counter + 1);
    }
    return stateOf([...next].sort((a, b) => a - b));
  };

  return (text) => {
    let state = stateOf([0]);
    let before = -1;
    for (let position = 0; position <= text.length; position++) {
      const after = position === text.length ? -1 : text.charCodeAt(position);
      const key = (before + 1) * 0x10001 + after + 1;
      let target = state.moves.get(key);
      if (target === undefined) {
        target = move(state, before, after);
        state.moves.set(key, target);
      }
      if (target === 'matched') return true;
      state = target;
      before = after;
    }
    return false;
  };
}
