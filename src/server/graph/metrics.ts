import type { CompiledGraph, GraphResponse } from '../../graph/index.ts';

/** Upper bounds of `graph_serve_duration_seconds`, in seconds, as Cincinnati has them. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 5] as const;

/** What is counted while a graph is served; names and labels as Cincinnati's (update-graph § 3.4). */
export class GraphMetrics {
  readonly #requests = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  readonly #buckets = BUCKETS.map(() => 0);
  #count = 0;
  #seconds = 0;
  #compiles = 0;
  #failures = 0;
  /** Seconds since 1970. */
  #refreshed: number | undefined;

  /** A request for the graph was answered; `since` as of `performance.now()`. */
  answered(path: string, response: GraphResponse, since: number): void {
    const seconds = (performance.now() - since) / 1000;
    add(this.#requests, path);
    this.#count++;
    this.#seconds += seconds;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    if (response.status >= 400) add(this.#errors, JSON.stringify([response.status, kindOf(response)]));
  }

  /** The graph was asked for, and is this one; or could not be compiled. */
  compiled(outcome: 'done' | 'failed'): void {
    this.#compiles++;
    if (outcome === 'failed') this.#failures++;
    else this.#refreshed = Date.now() / 1000;
  }

  /** Prometheus' text format 0.0.4. */
  render(graph: CompiledGraph | undefined, more: readonly Metric[]): string {
    let sum = 0;
    const buckets = BUCKETS.map((bound, at): Sample => {
      sum += this.#buckets[at] ?? 0;
      return { suffix: '_bucket', labels: { le: `${bound}` }, value: sum };
    });
    const errors = [...this.#errors].map(([key, value]): Sample => {
      const [code, kind] = JSON.parse(key) as [number, string];
      return { labels: { code: `${code}`, kind }, value };
    });
    const metrics: readonly Metric[] = [
      {
        name: 'cincinnati_pe_graph_incoming_requests_total',
        help: 'Total number of incoming HTTP client request',
        type: 'counter',
        samples: [...this.#requests].map(([path, value]) => ({ labels: { uri_path: path }, value })),
      },
      {
        name: 'cincinnati_pe_graph_serve_duration_seconds',
        help: 'HTTP graph serving latency in seconds',
        type: 'histogram',
        samples: [
          ...buckets,
          { suffix: '_bucket', labels: { le: '+Inf' }, value: this.#count },
          { suffix: '_sum', value: this.#seconds },
          { suffix: '_count', value: this.#count },
        ],
      },
      {
        name: 'cincinnati_pe_graph_response_errors_total',
        help: 'Error replies on graph serving, by status code and kind',
        type: 'counter',
        samples: errors,
      },
      {
        name: 'cincinnati_gb_graph_upstream_scrapes_total',
        help: 'How often the graph was read anew',
        type: 'counter',
        samples: [{ value: this.#compiles }],
      },
      {
        name: 'cincinnati_gb_graph_upstream_errors_total',
        help: 'How often the graph could not be compiled',
        type: 'counter',
        samples: [{ value: this.#failures }],
      },
      {
        name: 'cincinnati_gb_graph_last_successful_refresh_timestamp',
        help: 'UTC timestamp of last successful graph refresh',
        type: 'gauge',
        samples: this.#refreshed === undefined ? [] : [{ value: Math.floor(this.#refreshed) }],
      },
      ...(graph === undefined ? [] : graphMetrics(graph)),
      ...more,
    ];
    return metrics.map(textOf).join('');
  }
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

function graphMetrics({ architectures, channels, problems }: CompiledGraph): Metric[] {
  const nodes = [...architectures.values()].reduce((sum, graph) => sum + graph.nodes.length, 0);
  const promotions = [...architectures.values()].flatMap((graph) => graph.promotions);
  return [
    gauge('cincinnati_gb_graph_final_releases', 'Number of releases in the final graph', [{ value: nodes }]),
    gauge('slipway_graph_channels', 'Channels of the graph', [{ value: channels.length }]),
    gauge(
      'slipway_graph_problems',
      'What the graph’s inputs have that was left out or leads nowhere',
      tally(problems, ({ severity }) => ({ severity })),
    ),
    gauge(
      'slipway_graph_promotions',
      'Releases before the gates of channels',
      tally(promotions, ({ channel, state }) => ({ channel, state })),
    ),
  ];
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: 'gauge', samples };
}

/** How many there are of each set of labels, sorted. */
export function tally<T>(list: readonly T[], labelsOf: (one: T) => Readonly<Record<string, string>>): Sample[] {
  return [...Map.groupBy(list, (one) => JSON.stringify(labelsOf(one)))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...rest]]) =>
      first === undefined ? [] : [{ labels: labelsOf(first), value: rest.length + 1 }],
    );
}

function add(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

/** Errors of the protocol are `{kind, value}`. */
function kindOf({ body }: GraphResponse): string {
  return /"kind":\s*"([a-z_]+)"/.exec(body.toString('utf8'))?.[1] ?? 'unknown';
}

function textOf({ name, help, type, samples }: Metric): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ suffix = '', labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
