/** When a conditional update's risk applies; evaluated in order by the Cluster Version Operator. */
export type MatchingRule =
  | { readonly type: 'Always' }
  | { readonly type: 'PromQL'; readonly promql: { readonly promql: string } };

/** A known issue that an update may expose a cluster to, as clients see it. */
export interface Risk {
  readonly url: string;
  readonly name: string;
  readonly message: string;
  readonly matchingRules: readonly MatchingRule[];
}
