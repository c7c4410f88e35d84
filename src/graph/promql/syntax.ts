/** The part of PromQL that risks of update graphs use; see {@link parsePromql}. */
export type Expression =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'selector'; readonly metric: string; readonly matchers: readonly LabelMatcher[] }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly type: 'aggregate';
      readonly name: string;
      readonly labels: readonly string[];
      readonly without: boolean;
      readonly args: readonly Expression[];
    }
  | {
      readonly type: 'binary';
      readonly operator: string;
      readonly bool: boolean;
      readonly matching: Matching;
      readonly left: Expression;
      readonly right: Expression;
    };

export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** `on (a, b) group_left (c)`; without `on` or `ignoring`, all labels are compared. */
export interface Matching {
  readonly on: readonly string[] | undefined;
  readonly ignoring: readonly string[];
  readonly group: 'left' | 'right' | undefined;
  readonly include: readonly string[];
}

export const AGGREGATES = ['group', 'max', 'min', 'sum', 'count', 'avg', 'topk', 'bottomk'];
export const FUNCTIONS = ['max_over_time', 'min_over_time', 'last_over_time', 'label_replace', 'vector', 'absent'];
