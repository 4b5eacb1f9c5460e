import { CertificateSigningRequest, isConflict, isNotFound, type Stored } from "@slipway/api";
import {
  type CertificateAuthority,
  readCertificateRequest,
  signCertificateRequest,
  textFromBase64,
  textToBase64,
} from "@slipway/api/pki/index.ts";
import type { QueueMetrics } from "../../gc/queuemetrics.ts";
import { createKeyQueue } from "../../gc/workqueue.ts";
import { follow } from "../../http/authz/follow.ts";
import type { RbacAuthorizer } from "../../http/authz/rbac.ts";
import type { Registry, UserInfo } from "../../registry/registry.ts";
import type { Timer } from "../../storage/clock.ts";
import { type CertificateFailure, signers } from "./signers.ts";

type Request = Stored<CertificateSigningRequest>;

export interface SigningController {
  settled(): Promise<void>;
  close(): void;
}

const user: UserInfo = { name: "system:kube-controller-manager", groups: ["system:masters"] };
const context = { user, warn: () => {} };
const hour = 3_600_000;
const clockSkew = 300_000;
const yearSeconds = 365 * 86_400;

/**
 * Signs what has been approved, for the signers that Kubernetes has of its own; approves what a node asks for itself when roles say so; and
 * clears away: decided requests after an hour, undecided ones after a day.
 */
export const createSigningController = (options: {
  readonly registry: Registry;
  readonly authority: CertificateAuthority;
  readonly rbac: () => Pick<RbacAuthorizer, "judge"> | undefined;
  readonly onError: (error: unknown, about: string) => void;
  readonly queueMetrics?: QueueMetrics;
}): SigningController => {
  const { registry, authority } = options;
  const { clock } = registry;
  const closing = new AbortController();
  let timer: Timer | undefined;

  const work = async (name: string): Promise<void> => {
    const request = requests.find("", name) as Request | undefined;
    if (request === undefined) return;
    try {
      if (endOf(request) <= clock.now().getTime()) {
        const { uid } = request.metadata;
        await registry.delete(CertificateSigningRequest, { name }, { preconditions: { uid } }, context);
        return;
      }
      await decide(request);
    } catch (error) {
      // Somebody else was faster, and that change is looked at in its turn.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  };

  const decide = async (request: Request): Promise<void> => {
    const signer = signers[request.spec.signerName];
    const { conditions = [], certificate } = request.status ?? {};
    const has = (type: string) => conditions.some((condition) => condition.type === type);
    if (signer === undefined || certificate !== undefined || has("Denied") || has("Failed")) return;
    if (!has("Approved")) {
      const asked = signer.approvedFor?.(request.spec);
      if (asked === undefined || !mayApprove(request, asked)) return;
      const approved = condition("Approved", "AutoApproved", `Auto approving ${asked} certificate after SubjectAccessReview.`);
      await write(request, { ...request.status, conditions: [...conditions, approved] }, "approval");
      return;
    }
    const outcome = await issue(request).catch((error: unknown) => {
      if (error instanceof Error) return condition("Failed", "SignerValidationFailure", error.message);
      throw error;
    });
    await write(
      request,
      typeof outcome === "string"
        ? { ...request.status, certificate: textToBase64(outcome) }
        : { ...request.status, conditions: [...conditions, outcome] },
      "status",
    );
  };

  const mayApprove = ({ spec }: Request, subresource: string): boolean => {
    const asking = { name: spec.username ?? "", groups: spec.groups ?? [] };
    const resource = {
      group: "certificates.k8s.io",
      version: "v1",
      resource: "certificatesigningrequests",
      subresource,
      namespace: "",
      name: "",
    };
    return options.rbac()?.judge({ user: asking, verb: "create", resource }).allowed ?? false;
  };

  /** PEM. @throws Error that says what the signer does not like */
  const issue = async ({ spec }: Request): Promise<string> => {
    const signer = signers[spec.signerName];
    const pem = textFromBase64(spec.request);
    const wrong: CertificateFailure | undefined = signer?.refuses(readCertificateRequest(pem), spec.usages ?? []);
    if (signer === undefined || wrong !== undefined) throw new Error(wrong ?? "unknown signer");
    const now = clock.now().getTime();
    const seconds = Math.min(spec.expirationSeconds ?? yearSeconds, yearSeconds);
    return signCertificateRequest(authority, pem, {
      usages: [signer.usage],
      notBefore: new Date(now - clockSkew),
      notAfter: new Date(now + seconds * 1000),
    });
  };

  const condition = (type: "Approved" | "Failed", reason: string, message: string) => {
    const at = `${clock.now().toISOString().slice(0, 19)}Z`;
    return { type, status: "True", reason, message, lastUpdateTime: at, lastTransitionTime: at };
  };

  const write = async (request: Request, status: object, subresource: "status" | "approval"): Promise<void> => {
    const next = { ...request, status } as unknown as Parameters<Registry["update"]>[2];
    await registry.update(
      CertificateSigningRequest,
      { name: request.metadata.name },
      next,
      { subresource, fieldManager: "kube-controller-manager" },
      context,
    );
  };

  const queue = createKeyQueue({
    name: "certificate",
    metrics: options.queueMetrics,
    clock,
    concurrency: 4,
    work,
    onError: (error, name) => options.onError(error, `csr ${name}`),
  });
  const look = (): void => {
    let next = Number.POSITIVE_INFINITY;
    for (const request of requests.objects()) {
      const { name } = request.metadata;
      if (name !== undefined) queue.add(name);
      next = Math.min(next, endOf(request));
    }
    timer?.cancel();
    if (Number.isFinite(next)) timer = clock.setTimeout(look, Math.max(1000, next - clock.now().getTime() + 1000));
  };
  const requests = follow<CertificateSigningRequest>(registry, CertificateSigningRequest, closing.signal, look);
  void requests.ready.then(look);

  return {
    settled: queue.settled,
    close: () => {
      closing.abort();
      timer?.cancel();
      queue.close();
    },
  };
};

/** Milliseconds since 1970 when it is cleared away. */
const endOf = ({ metadata, status }: CertificateSigningRequest): number => {
  const decided = (status?.conditions ?? []).map(({ lastUpdateTime }) => Date.parse(lastUpdateTime ?? ""));
  const created = Date.parse(metadata.creationTimestamp ?? "");
  if (decided.length === 0) return created + 24 * hour;
  const last = Math.max(...decided.filter((time) => !Number.isNaN(time)));
  return (Number.isFinite(last) ? last : created) + hour;
};
