import type {
  ChannelView,
  ExplainAnswer,
  MatrixAnswer,
  PathAnswer,
  ReleaseChangelogView,
  ReleaseContentsView,
  ReleaseDetail,
  ReleaseSummary,
  StatusView,
  StreamView,
} from './types.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** An in-process call of the HTTP API, given to every page by the server that hosts the site. */
export type Api = (path: string, init?: { readonly method?: string; readonly body?: unknown }) => Promise<ApiAnswer>;

/** The API did not answer as its contract says; the error page shows `message` and `hint`. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly hint: string | undefined;

  constructor(path: string, { status, body }: ApiAnswer) {
    const { message, hint } = (typeof body === 'object' && body !== null ? body : {}) as {
      message?: string;
      hint?: string;
    };
    super(message ?? `${path} answered with status ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.hint = hint;
  }
}

/** GET that may find nothing. The cast is the door: the server validates its answers against the same schemas. */
async function find<Body>(api: Api, path: string): Promise<Body | undefined> {
  const answer = await api(path);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new ApiProblem(path, answer);
  return answer.body as Body;
}

async function get<Body>(api: Api, path: string): Promise<Body> {
  const body = await find<Body>(api, path);
  if (body === undefined) throw new ApiProblem(path, { status: 404, body: undefined });
  return body;
}

const part = encodeURIComponent;

export const fetchStatus = (api: Api) => get<StatusView>(api, '/api/status');
export const fetchStreams = async (api: Api) => (await get<{ streams: StreamView[] }>(api, '/api/streams')).streams;
export const findStream = (api: Api, name: string) => find<StreamView>(api, `/api/streams/${part(name)}`);
export const fetchReleases = async (api: Api) =>
  (await get<{ releases: ReleaseSummary[] }>(api, '/api/releases')).releases;
export const findRelease = (api: Api, name: string) => find<ReleaseDetail>(api, `/api/releases/${part(name)}`);
/** Compared with `from`, or with the accepted release before it. */
export const findChangelog = (api: Api, name: string, from?: string) =>
  find<ReleaseChangelogView>(
    api,
    `/api/releases/${part(name)}/changelog${from === undefined ? '' : `?from=${part(from)}`}`,
  );
export const findContents = (api: Api, name: string) =>
  find<ReleaseContentsView>(api, `/api/releases/${part(name)}/contents`);
export const fetchChannels = async (api: Api) =>
  (await get<{ channels: ChannelView[] }>(api, '/api/channels')).channels;

const search = (values: Readonly<Record<string, string>>) => new URLSearchParams(values).toString();
export const fetchExplanation = (api: Api, query: { channel: string; from: string; to?: string }) =>
  get<ExplainAnswer>(api, `/api/graph/explain?${search(query)}`);
export const fetchPaths = (api: Api, query: { channel?: string; from: string; to: string }) =>
  get<PathAnswer>(api, `/api/graph/path?${search(query)}`);
export const fetchMatrix = (api: Api, channel: string) =>
  get<MatrixAnswer>(api, `/api/graph/matrix?${search({ channel })}`);
