import { jsonText, type PolicyRule } from "@slipway/api";
import type { AccessReview, Authorizer, ReviewedResource, Verdict } from "../http/authz/authorizer.ts";
import { ruleAllows } from "../http/authz/rbac.ts";
import { pinnedField } from "../http/path.ts";
import type { Registry } from "../registry/registry.ts";
import { createNodeGraph, type NodeGraph, type Related } from "./graph.ts";
import { nodeOf } from "./identity.ts";

/** Allows kubelets what concerns their own node. Says nothing against anybody: roles may allow more. */
export interface NodeAuthorizer extends Authorizer {
  /** Without waiting; before the first kubelet has asked, what depends on pods is not allowed. */
  judge(review: AccessReview): Verdict;
  close(): void;
}

export const createNodeAuthorizer = (registry: Registry, rules: readonly PolicyRule[]): NodeAuthorizer => {
  const closing = new AbortController();
  let graph: NodeGraph | undefined;

  const judge = (review: AccessReview): Verdict => {
    const node = nodeOf(review.user);
    if (node === undefined) return { allowed: false };
    if (node === "") return no(`unknown node for user ${jsonText(review.user.name)}`);
    const { resource, verb } = review;
    const about = resource === undefined ? undefined : special[`${resource.resource}.${resource.group}`];
    if (about === undefined || resource === undefined) return { allowed: rules.some((rule) => ruleAllows(rule, review)) };
    return about({
      node,
      verb,
      resource,
      related: (type) => {
        if (resource.name === "") return no("No Object name found");
        const reached = graph?.reaches(
          node,
          type,
          type === "volume" || type === "attachment" ? "" : resource.namespace,
          resource.name,
        );
        return reached === true ? yes : no(`no relationship found between node '${node}' and this object`);
      },
    });
  };

  return {
    judge,
    authorize: async (review) => {
      if (nodeOf(review.user) === undefined) return { allowed: false };
      // Most APIs here never see a kubelet: they need not look at pods either.
      graph ??= createNodeGraph(registry, closing.signal);
      await graph.ready;
      return judge(review);
    },
    close: () => closing.abort(),
  };
};

interface Question {
  readonly node: string;
  readonly verb: string;
  readonly resource: ReviewedResource;
  readonly related: (type: Related) => Verdict;
}

const yes: Verdict = { allowed: true };
const no = (reason?: string): Verdict => (reason === undefined ? { allowed: false } : { allowed: false, reason });

const read = ["get", "list", "watch"];

const readOne =
  (type: Related) =>
  ({ verb, resource, related }: Question): Verdict => {
    if (!read.includes(verb)) return no("can only read resources of this type");
    if (resource.subresource !== "") return no("cannot read subresource");
    return resource.namespace === "" ? no("can only read namespaced object of this type") : related(type);
  };

const getOne =
  (type: Related) =>
  ({ verb, resource, related }: Question): Verdict => {
    if (verb !== "get") return no("can only get individual resources of this type");
    return resource.subresource === "" ? related(type) : no("cannot get subresource");
  };

const claim = (question: Question): Verdict => {
  if (question.resource.subresource !== "status") return getOne("claim")(question);
  const writes = question.verb === "update" || question.verb === "patch";
  return writes ? question.related("claim") : no("can only get/update/patch this type");
};

const account = ({ verb, resource, related }: Question): Verdict => {
  if (verb !== "create" || resource.name === "") return no("can only create tokens for individual service accounts");
  return resource.subresource === "token" ? related("account") : no("can only create token subresource of serviceaccount");
};

const whole = ["get", "create", "update", "patch", "delete"];

/** Their names are not known here when they are made: admission looks at those. */
const ownName =
  (what: string, title: string) =>
  ({ node, verb, resource }: Question): Verdict => {
    if (!whole.includes(verb)) return no(`can only get, create, update, patch, or delete a ${what}`);
    if (verb !== "create" && resource.name !== node)
      return no(`can only access ${title} with the same name as the requesting node`);
    return yes;
  };

const lease = (question: Question): Verdict =>
  whole.includes(question.verb) && question.resource.namespace !== "kube-node-lease"
    ? no('can only access leases in the "kube-node-lease" system namespace')
    : ownName("node lease", "node lease")(question);

const csiNode = (question: Question): Verdict =>
  whole.includes(question.verb) && question.resource.subresource !== ""
    ? no("cannot authorize CSINode subresources")
    : ownName("CSINode", "CSINode")(question);

const node = ({ node: own, verb, resource }: Question): Verdict => {
  const writes = verb === "update" || verb === "patch";
  if (resource.subresource === "status") return writes ? yes : no();
  if (resource.subresource !== "") return no();
  if (writes || verb === "create") return yes;
  if (!read.includes(verb)) return no();
  if (resource.name === own) return yes;
  return resource.name === ""
    ? no(`node '${own}' cannot read all nodes, only its own Node object`)
    : no(`node '${own}' cannot read '${resource.name}', only its own Node object`);
};

const pod = (question: Question): Verdict => {
  const { node: own, verb, resource, related } = question;
  if (resource.subresource === "status") return verb === "update" || verb === "patch" ? yes : no();
  if (resource.subresource === "eviction") return verb === "create" ? yes : no();
  if (resource.subresource !== "") return no();
  if (verb === "get") return related("pod");
  if (verb === "create" || verb === "delete") return yes;
  if (verb !== "list" && verb !== "watch") return no();
  if (pinnedField(resource.fieldSelector, "spec.nodeName") === own) return yes;
  return resource.name === "" ? no("can only list/watch pods with spec.nodeName field selector") : related("pod");
};

const special: { readonly [resource: string]: (question: Question) => Verdict } = {
  "secrets.": readOne("secret"),
  "configmaps.": readOne("configmap"),
  "persistentvolumeclaims.": claim,
  "persistentvolumes.": getOne("volume"),
  "volumeattachments.storage.k8s.io": getOne("attachment"),
  "serviceaccounts.": account,
  "leases.coordination.k8s.io": lease,
  "csinodes.storage.k8s.io": csiNode,
  "nodes.": node,
  "pods.": pod,
};
