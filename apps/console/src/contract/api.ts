import type {
  Certificates,
  FlavorList,
  ImageList,
  KeypairList,
  KeypairView,
  Kubeconfig,
  KubeconfigRequest,
  LabelCatalogue,
  NetworkList,
  NewKeypair,
  NewTemplate,
  Quotas,
  SignedCertificate,
  SigningRequest,
  Template,
  TemplateChange,
  TemplateList,
  ZoneList,
} from "./cloud.ts";
import type {
  ClusterDetail,
  ClusterList,
  ClusterListQuery,
  CreatePreview,
  Deletion,
  DeletionPreview,
  NewCluster,
  NewNodeGroup,
  NodeGroup,
  Scale,
  ScalePreview,
  Upgrade,
  UpgradePreview,
} from "./clusters.ts";
import type { BannerChange, ClusterQuotaChange, ListedItems, PauseChange, ProjectNames } from "./operator.ts";
import type { ConsoleLog, Diagnosis, EventList, History, NodeList, ObjectList, ObjectText, Tree } from "./progress.ts";
import type {
  ApplicationCredential,
  CreatedApplicationCredential,
  NewApplicationCredential,
  ProjectChoice,
  ProjectList,
  Renewal,
  SessionState,
  SignedIn,
  SignIn,
} from "./session.ts";

/** Nothing: 204, or no body. */
export type Nothing = undefined;

/** Taken, and under way: the stream tells the rest. */
export interface Accepted {
  readonly id: string;
  /** To quote. */
  readonly requestId: string;
}

/**
 * Every door of the console's server: `METHOD /path`, with what goes in and comes out as JSON (names in camelCase, times ISO 8601 UTC).
 * Everything but GET needs `Content-Type: application/json` (when there is a body) and `X-CSRF-Token` (but for `POST /api/session`).
 * Where a cluster is changed, `If-Match: <revision>` makes the answer `changedMeanwhile` when somebody was quicker. What is not a success
 * is an `ErrorBody`. Every answer has `X-Request-Id`.
 */
export interface ConsoleApi {
  readonly "GET /api/session": { readonly answer: SessionState };
  readonly "POST /api/session": { readonly body: SignIn; readonly answer: SignedIn };
  readonly "POST /api/session/renew": { readonly body: Renewal; readonly answer: SignedIn };
  readonly "DELETE /api/session": { readonly answer: Nothing };
  readonly "GET /api/session/projects": { readonly answer: ProjectList };
  readonly "POST /api/session/project": { readonly body: ProjectChoice; readonly answer: SignedIn };

  readonly "GET /api/clusters": { readonly query: ClusterListQuery; readonly answer: ClusterList };
  readonly "POST /api/clusters": { readonly body: NewCluster; readonly answer: Accepted };
  readonly "POST /api/clusters/preview": { readonly body: NewCluster; readonly answer: CreatePreview };
  readonly "GET /api/clusters/:id": { readonly answer: ClusterDetail };
  readonly "DELETE /api/clusters/:id": { readonly body: Deletion; readonly answer: Nothing };
  readonly "GET /api/clusters/:id/deletion": { readonly answer: DeletionPreview };
  readonly "POST /api/clusters/:id/scale": { readonly body: Scale; readonly answer: Accepted };
  readonly "POST /api/clusters/:id/scale/preview": { readonly body: Scale; readonly answer: ScalePreview };
  readonly "POST /api/clusters/:id/upgrade": { readonly body: Upgrade; readonly answer: Accepted };
  readonly "GET /api/clusters/:id/upgrade": { readonly answer: UpgradePreview };
  readonly "POST /api/clusters/:id/kubeconfig": { readonly body: KubeconfigRequest; readonly answer: Kubeconfig };
  readonly "GET /api/clusters/:id/certificates": { readonly answer: Certificates };
  readonly "POST /api/clusters/:id/certificates": { readonly body: SigningRequest; readonly answer: SignedCertificate };
  readonly "POST /api/clusters/:id/certificates/rotate": { readonly answer: Accepted };
  readonly "POST /api/clusters/:id/credential/rotate": { readonly answer: Accepted };
  readonly "POST /api/clusters/:id/retry": { readonly answer: Accepted };
  readonly "GET /api/clusters/:id/tree": { readonly answer: Tree };
  readonly "GET /api/clusters/:id/objects": { readonly answer: ObjectList };
  readonly "GET /api/clusters/:id/objects/:kind/:name": { readonly answer: ObjectText };
  readonly "GET /api/clusters/:id/nodes": { readonly answer: NodeList };
  readonly "POST /api/clusters/:id/nodes/:machine/replace": { readonly answer: Accepted };
  readonly "GET /api/clusters/:id/nodes/:machine/console": { readonly answer: ConsoleLog };
  readonly "GET /api/clusters/:id/events": { readonly answer: EventList };
  readonly "GET /api/clusters/:id/history": { readonly answer: History };
  readonly "GET /api/clusters/:id/diagnosis": { readonly answer: Diagnosis };

  readonly "GET /api/clusters/:id/nodegroups": { readonly answer: { readonly nodeGroups: readonly NodeGroup[] } };
  readonly "POST /api/clusters/:id/nodegroups": { readonly body: NewNodeGroup; readonly answer: Accepted };
  readonly "DELETE /api/clusters/:id/nodegroups/:group": { readonly answer: Nothing };

  readonly "GET /api/templates": { readonly answer: TemplateList };
  readonly "GET /api/templates/:id": { readonly answer: Template };
  readonly "POST /api/templates": { readonly body: NewTemplate; readonly answer: Template };
  readonly "PATCH /api/templates/:id": { readonly body: TemplateChange; readonly answer: Template };
  readonly "DELETE /api/templates/:id": { readonly answer: Nothing };
  readonly "GET /api/labels": { readonly answer: LabelCatalogue };

  readonly "GET /api/flavors": { readonly answer: FlavorList };
  readonly "GET /api/images": { readonly answer: ImageList };
  readonly "GET /api/networks": { readonly answer: NetworkList };
  readonly "GET /api/keypairs": { readonly answer: KeypairList };
  readonly "POST /api/keypairs": { readonly body: NewKeypair; readonly answer: KeypairView };
  readonly "GET /api/zones": { readonly answer: ZoneList };
  readonly "GET /api/quotas": { readonly answer: Quotas };

  readonly "GET /api/credentials": { readonly answer: { readonly credentials: readonly ApplicationCredential[] } };
  readonly "POST /api/credentials": { readonly body: NewApplicationCredential; readonly answer: CreatedApplicationCredential };
  readonly "DELETE /api/credentials/:id": { readonly answer: Nothing };

  readonly "GET /api/operator/lists/:list": { readonly answer: ListedItems };
  readonly "GET /api/operator/names": { readonly answer: ProjectNames };
  readonly "PUT /api/operator/projects/:id/quota": { readonly body: ClusterQuotaChange; readonly answer: Nothing };
  readonly "POST /api/operator/clusters/:id/pause": { readonly body: PauseChange; readonly answer: Accepted };
  readonly "POST /api/operator/clusters/:id/banner": { readonly body: BannerChange; readonly answer: Accepted };
}

export type Door = keyof ConsoleApi;
export type AnswerOf<D extends Door> = ConsoleApi[D]["answer"];
export type BodyOf<D extends Door> = ConsoleApi[D] extends { readonly body: infer Body } ? Body : undefined;
export type QueryOf<D extends Door> = ConsoleApi[D] extends { readonly query: infer Query } ? Query : undefined;

/** `POST /api/clusters/:id/scale` → `"id"` */
export type ParamsOf<D extends string> = D extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<`/${Rest}`>
  : D extends `${string}:${infer Name}`
    ? Name
    : never;

/**
 * The page itself. The server writes a fresh nonce over `__CSP_NONCE__` wherever index.html has it (a meta element, say), and allows that
 * nonce in `style-src`: hand it to whatever makes style elements. Scripts are files only. Paths without a file's ending are pages of the
 * app; files under `/assets/` must have a hash in their name: they are kept for a year.
 */
export type PageNonce = "__CSP_NONCE__";
