import type { UnstructuredObject } from "@slipway/api";
import { mirrorAnnotation } from "../nodes/identity.ts";

/** What Kubernetes fills in when it reads an object of its own kinds. Pure; keyed by kind. */
export type Defaulter = (object: UnstructuredObject) => UnstructuredObject;

type Fields = { readonly [field: string]: unknown };

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const fields = (value: unknown): Fields => (isFields(value) ? value : {});
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : []);

/** The object with what is missing (undefined) filled in; the same object when nothing is. */
const filled = (object: Fields, defaults: Fields): Fields => {
  const missing = Object.entries(defaults).filter(([key, value]) => value !== undefined && object[key] === undefined);
  return missing.length === 0 ? object : { ...object, ...Object.fromEntries(missing) };
};

/** The object with one field replaced; the same object when it is the same value. */
const changed = (object: Fields, key: string, value: unknown): Fields =>
  object[key] === value || value === undefined ? object : { ...object, [key]: value };

const mapped = (items: readonly Fields[], change: (item: Fields) => Fields): readonly Fields[] => {
  const next = items.map(change);
  return next.every((item, at) => item === items[at]) ? items : next;
};

const eachIn = (object: Fields, key: string, change: (item: Fields) => Fields): Fields =>
  Array.isArray(object[key]) ? changed(object, key, mapped(list(object[key]), change)) : object;

const within = (object: Fields, key: string, change: (value: Fields) => Fields): Fields =>
  isFields(object[key]) ? changed(object, key, change(object[key])) : object;

const spec =
  (change: (value: Fields) => Fields): Defaulter =>
  (object) =>
    within(object, "spec", change) as UnstructuredObject;

const probe = (value: Fields): Fields =>
  within(filled(value, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }), "httpGet", (get) =>
    filled(get, { path: "/", scheme: "HTTP" }),
  );

const pullPolicy = (image: unknown): string => {
  const text = typeof image === "string" ? image : "";
  if (text.includes("@")) return "IfNotPresent";
  const last = text.slice(text.lastIndexOf("/") + 1);
  const tag = last.includes(":") ? last.slice(last.indexOf(":") + 1) : "latest";
  return tag === "latest" ? "Always" : "IfNotPresent";
};

const container = (value: Fields): Fields => {
  let result = filled(value, {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicy(value["image"]),
    resources: {},
  });
  result = eachIn(result, "ports", (port) => filled(port, { protocol: "TCP" }));
  result = eachIn(result, "env", (variable) =>
    within(variable, "valueFrom", (from) => within(from, "fieldRef", (reference) => filled(reference, { apiVersion: "v1" }))),
  );
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) result = within(result, name, probe);
  return result;
};

const volume = (value: Fields): Fields => {
  let result = value;
  const sources = Object.keys(value).filter((key) => key !== "name");
  if (sources.length === 0) result = { ...value, emptyDir: {} };
  for (const name of ["secret", "configMap", "downwardAPI", "projected"])
    result = within(result, name, (source) => filled(source, { defaultMode: 420 }));
  result = within(result, "hostPath", (source) => filled(source, { type: "" }));
  return within(result, "projected", (projected) =>
    eachIn(projected, "sources", (source) =>
      within(source, "serviceAccountToken", (token) => filled(token, { expirationSeconds: 3600 })),
    ),
  );
};

export const podSpec = (value: Fields): Fields => {
  let result = filled(value, {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  });
  if (result["serviceAccountName"] !== undefined) result = filled(result, { serviceAccount: result["serviceAccountName"] });
  for (const name of ["containers", "initContainers"]) result = eachIn(result, name, container);
  return eachIn(result, "volumes", volume);
};

/** The template of a workload: `enableServiceLinks` and the like are a pod's own, not its template's. */
const template = (value: Fields): Fields => within(value, "template", (each) => within(each, "spec", podSpec));

const rollingUpdate = (value: Fields, key: string, defaults: Fields): Fields => {
  const strategy = filled(fields(value[key]), { type: "RollingUpdate" });
  if (strategy["type"] !== "RollingUpdate") return changed(value, key, strategy);
  const rolling = filled(fields(strategy["rollingUpdate"]), defaults);
  return changed(value, key, strategy["rollingUpdate"] === rolling ? strategy : { ...strategy, rollingUpdate: rolling });
};

const service = (value: Fields): Fields => {
  const type = value["type"] ?? "ClusterIP";
  const external = type === "ExternalName";
  let result = filled(value, {
    type,
    sessionAffinity: "None",
    internalTrafficPolicy: external ? undefined : "Cluster",
    externalTrafficPolicy: type === "NodePort" || type === "LoadBalancer" ? "Cluster" : undefined,
    allocateLoadBalancerNodePorts: type === "LoadBalancer" ? true : undefined,
    ipFamilies: external ? undefined : ["IPv4"],
    ipFamilyPolicy: external ? undefined : "SingleStack",
  });
  result = eachIn(result, "ports", (port) => filled(port, { protocol: "TCP", targetPort: port["port"] }));
  return result["sessionAffinity"] === "ClientIP"
    ? filled(result, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } })
    : result;
};

const webhook =
  (mutating: boolean) =>
  (value: Fields): Fields => {
    let result = filled(value, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      reinvocationPolicy: mutating ? "Never" : undefined,
    });
    result = eachIn(result, "rules", (rule) => filled(rule, { scope: "*" }));
    return within(result, "clientConfig", (config) => within(config, "service", (target) => filled(target, { port: 443 })));
  };

const matchResources = (value: Fields): Fields => {
  const selectors = filled(value, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
  const scoped = (rules: Fields, key: string) => eachIn(rules, key, (rule) => filled(rule, { scope: "*" }));
  return scoped(scoped(selectors, "resourceRules"), "excludeResourceRules");
};

const subject = (value: Fields): Fields =>
  value["kind"] === "ServiceAccount" ? value : filled(value, { apiGroup: "rbac.authorization.k8s.io" });

const binding: Defaulter = (object) =>
  within(eachIn(object, "subjects", subject), "roleRef", (role) =>
    filled(role, { apiGroup: "rbac.authorization.k8s.io" }),
  ) as UnstructuredObject;

const jobSpec = (value: Fields): Fields => {
  const simple = value["completions"] === undefined && value["parallelism"] === undefined;
  return template(
    filled(value, {
      completions: simple ? 1 : undefined,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: value["podFailurePolicy"] === undefined ? "TerminatingOrFailed" : "Failed",
    }),
  );
};

const names = (value: Fields): Fields => {
  const kind = String(value["kind"] ?? "");
  return filled(value, { singular: kind.toLowerCase(), listKind: `${kind}List` });
};

export const defaulters: { readonly [kind: string]: Defaulter } = {
  Secret: (object) => filled(object, { type: "Opaque" }) as UnstructuredObject,
  Pod: (object) => {
    // A mirror pod runs without the API, and so without an account.
    const account =
      object.metadata.annotations?.[mirrorAnnotation] === undefined
        ? { serviceAccountName: "default", serviceAccount: "default" }
        : {};
    return spec((value) => podSpec(filled(value, { enableServiceLinks: true, ...account })))(object);
  },
  Service: spec(service),
  Deployment: spec((value) =>
    template(
      rollingUpdate(filled(value, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }), "strategy", {
        maxUnavailable: "25%",
        maxSurge: "25%",
      }),
    ),
  ),
  ReplicaSet: spec((value) => template(filled(value, { replicas: 1 }))),
  StatefulSet: spec((value) =>
    template(
      rollingUpdate(
        filled(value, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" }),
        "updateStrategy",
        { partition: 0 },
      ),
    ),
  ),
  DaemonSet: spec((value) =>
    template(rollingUpdate(filled(value, { revisionHistoryLimit: 10 }), "updateStrategy", { maxUnavailable: 1, maxSurge: 0 })),
  ),
  ReplicationController: spec((value) => template(filled(value, { replicas: 1 }))),
  Job: spec(jobSpec),
  CronJob: spec((value) =>
    within(
      filled(value, {
        concurrencyPolicy: "Allow",
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
      }),
      "jobTemplate",
      (job) => within(job, "spec", template),
    ),
  ),
  HorizontalPodAutoscaler: spec((value) =>
    filled(value, {
      minReplicas: 1,
      metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
    }),
  ),
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  MutatingWebhookConfiguration: (object) => eachIn(object, "webhooks", webhook(true)) as UnstructuredObject,
  ValidatingWebhookConfiguration: (object) => eachIn(object, "webhooks", webhook(false)) as UnstructuredObject,
  ValidatingAdmissionPolicy: spec((value) =>
    within(filled(value, { failurePolicy: "Fail" }), "matchConstraints", matchResources),
  ),
  ValidatingAdmissionPolicyBinding: spec((value) => within(value, "matchResources", matchResources)),
  CustomResourceDefinition: spec((value) =>
    within(within(filled(value, { conversion: { strategy: "None" } }), "names", names), "conversion", (conversion) =>
      within(conversion, "webhook", (webhook) =>
        within(webhook, "clientConfig", (config) => within(config, "service", (service) => filled(service, { port: 443 }))),
      ),
    ),
  ),
  StorageClass: (object) => filled(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }) as UnstructuredObject,
  PriorityClass: (object) => filled(object, { preemptionPolicy: "PreemptLowerPriority" }) as UnstructuredObject,
  PersistentVolumeClaim: spec((value) => filled(value, { volumeMode: "Filesystem" })),
  PersistentVolume: spec((value) => filled(value, { volumeMode: "Filesystem", persistentVolumeReclaimPolicy: "Retain" })),
  EndpointSlice: (object) => eachIn(object, "ports", (port) => filled(port, { name: "", protocol: "TCP" })) as UnstructuredObject,
  Endpoints: (object) =>
    eachIn(object, "subsets", (subset) =>
      eachIn(subset, "ports", (port) => filled(port, { protocol: "TCP" })),
    ) as UnstructuredObject,
  NetworkPolicy: spec((value) =>
    filled(value, { policyTypes: value["egress"] === undefined ? ["Ingress"] : ["Ingress", "Egress"] }),
  ),
};
