import { jsonText } from "@slipway/api/json/index.ts";
/** Where a webhook is, as configurations and CRDs say it. */
export interface WebhookTarget {
  readonly url?: string;
  readonly service?: WebhookService;
  /** PEM, base64; absent or empty: the system's roots. */
  readonly caBundle?: string;
}

export interface WebhookService {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  /** Default 443. */
  readonly port?: number;
}

/** Asks webhooks. A program that may open sockets hands one in; without it every call fails, as if nobody listened. */
export interface WebhookCaller {
  /**
   * Posts JSON and answers JSON.
   * @throws Error whose message is the cause, in the words of a Go client where tools read them
   */
  post(
    target: WebhookTarget,
    body: object,
    options: { readonly timeoutSeconds: number; readonly query?: string; readonly signal?: AbortSignal },
  ): Promise<unknown>;
}

export const noWebhooks: WebhookCaller = {
  post: (target) => Promise.reject(new Error(`Post ${jsonText(urlOf(target))}: this server calls no webhooks`)),
};

/** As it stands in errors: a service has a name of its own in the cluster. */
export const urlOf = ({ url, service }: WebhookTarget): string => {
  if (url !== undefined) return url;
  if (service === undefined) return "";
  return `https://${hostOf(service)}:${service.port ?? 443}${pathOf(service)}`;
};

export const hostOf = ({ name, namespace }: WebhookService): string => `${name}.${namespace}.svc`;

const pathOf = ({ path = "" }: WebhookService): string => (path === "" || path.startsWith("/") ? path : `/${path}`);
