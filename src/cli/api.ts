/** Calls the HTTP API of a workspace: `GET` without a body, `POST` with one. */
export type Api = (path: string, body?: unknown) => Promise<unknown>;
