/** What the Magnum API refuses, and how it says so: `{"errors": [{request_id, code, status, title, detail, links}]}`. */
export class MagnumError extends Error {
  override readonly name = "MagnumError";
  readonly status: number;

  constructor(status: number, detail: string, options: { cause?: unknown } = {}) {
    super(detail, options);
    this.status = status;
  }
}

export const badRequest = (detail: string): MagnumError => new MagnumError(400, detail);
export const forbidden = (detail: string): MagnumError => new MagnumError(403, detail);
export const notFound = (detail: string): MagnumError => new MagnumError(404, detail);
export const conflict = (detail: string): MagnumError => new MagnumError(409, detail);

export const clusterNotFound = (ident: string): MagnumError => notFound(`Cluster ${ident} could not be found.`);
export const templateNotFound = (ident: string): MagnumError => notFound(`ClusterTemplate ${ident} could not be found.`);
export const nodeGroupNotFound = (ident: string): MagnumError => notFound(`Nodegroup ${ident} could not be found.`);

/** In WSME's words, which clients and their users know. */
export const invalidInput = (field: string, value: string, message: string): MagnumError =>
  badRequest(`Invalid input for field/attribute ${field}. Value: '${value}'. ${message}`);

/** Failures of routing: they have no `code`, and mostly no `detail`. */
export class RoutingError extends Error {
  override readonly name = "RoutingError";
  readonly status: number;
  readonly title: string;
  readonly headers: { readonly [name: string]: string };

  constructor(status: 404 | 405 | 406 | 415, title: string, detail = "", headers: { readonly [name: string]: string } = {}) {
    super(detail);
    this.status = status;
    this.title = title;
    this.headers = headers;
  }
}

export interface ErrorBody {
  readonly errors: readonly { readonly [key: string]: unknown }[];
}

const envelope = (status: number, code: string, title: string, detail: string): ErrorBody => ({
  errors: [{ request_id: "", code, status, title, detail, links: [] }],
});

export const errorBody = (error: MagnumError | RoutingError): ErrorBody =>
  error instanceof RoutingError
    ? envelope(error.status, "", error.title, error.message)
    : envelope(error.status, error.status < 500 ? "client" : "server", titleOf(error.message), error.message);

const titleOf = (detail: string): string => {
  const stop = detail.indexOf(".");
  return stop < 0 ? detail : detail.slice(0, stop);
};

/** Keystone's middleware answers in a shape of its own. */
export const unauthorizedBody = {
  error: { code: 401, title: "Unauthorized", message: "The request you have made requires authentication." },
};
