import type { UnstructuredObject } from "../../meta/object.ts";
import { age, humanDuration } from "../../table/duration.ts";
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../apps.ts";
import type { LabelSelector } from "../meta.ts";
import type { PodTemplateSpec } from "../pod.ts";
import {
  ageCell,
  containerImages,
  containerNames,
  count,
  labelsText,
  type Printed,
  selectorText,
  table,
  text,
  wide,
} from "./cells.ts";

interface Templated {
  readonly spec?: { readonly template?: PodTemplateSpec; readonly selector?: LabelSelector };
}

const containers: Printed<Templated> = wide("Containers", ({ spec }) => containerNames(spec?.template?.spec));
const images: Printed<Templated> = wide("Images", ({ spec }) => containerImages(spec?.template?.spec));
const selector: Printed<Templated> = wide("Selector", ({ spec }) => selectorText(spec?.selector));

export const deploymentTable = table<Deployment>(
  text("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
  count("Up-to-date", ({ status }) => status?.updatedReplicas ?? 0),
  count("Available", ({ status }) => status?.availableReplicas ?? 0),
  ageCell,
  containers,
  images,
  selector,
);

export const replicaSetTable = table<ReplicaSet>(
  count("Desired", ({ spec }) => spec?.replicas ?? 0),
  count("Current", ({ status }) => status?.replicas ?? 0),
  count("Ready", ({ status }) => status?.readyReplicas ?? 0),
  ageCell,
  containers,
  images,
  selector,
);

export const statefulSetTable = table<StatefulSet>(
  text("Ready", ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
  ageCell,
  containers,
  images,
);

export const daemonSetTable = table<DaemonSet>(
  count("Desired", ({ status }) => status?.desiredNumberScheduled ?? 0),
  count("Current", ({ status }) => status?.currentNumberScheduled ?? 0),
  count("Ready", ({ status }) => status?.numberReady ?? 0),
  count("Up-to-date", ({ status }) => status?.updatedNumberScheduled ?? 0),
  count("Available", ({ status }) => status?.numberAvailable ?? 0),
  text("Node Selector", ({ spec }) => labelsText(spec?.template?.spec?.nodeSelector)),
  ageCell,
  containers,
  images,
  selector,
);

export const controllerRevisionTable = table<ControllerRevision>(
  text("Controller", ({ metadata }) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    return owner === undefined ? "<none>" : `${owner.kind.toLowerCase()}.${owner.apiVersion.split("/")[0]}/${owner.name}`;
  }),
  count("Revision", ({ revision }) => revision),
  ageCell,
);

interface Job extends UnstructuredObject {
  readonly spec?: {
    readonly completions?: number;
    readonly parallelism?: number;
    readonly selector?: LabelSelector;
    readonly template?: PodTemplateSpec;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly succeeded?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly [field: string]: unknown;
  };
}

export const jobTable = table<Job>(
  text("Status", ({ status, metadata }) => {
    const holds = (type: string) => status?.conditions?.some((c) => c.type === type && c.status === "True") === true;
    if (holds("Complete")) return "Complete";
    if (holds("Failed")) return "Failed";
    if (metadata.deletionTimestamp !== undefined) return "Terminating";
    if (holds("Suspended")) return "Suspended";
    if (holds("FailureTarget")) return "FailureTarget";
    if (holds("SuccessCriteriaMet")) return "SuccessCriteriaMet";
    return "Running";
  }),
  text("Completions", ({ spec, status }) => {
    const done = status?.succeeded ?? 0;
    if (spec?.completions !== undefined) return `${done}/${spec.completions}`;
    const parallel = spec?.parallelism ?? 0;
    return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`;
  }),
  text("Duration", ({ status }, now) => {
    if (status?.startTime === undefined) return "";
    const end = status.completionTime === undefined ? now : Date.parse(status.completionTime);
    return humanDuration((end - Date.parse(status.startTime)) / 1000);
  }),
  ageCell,
  containers,
  images,
  selector,
);

interface CronJob extends UnstructuredObject {
  readonly spec?: {
    readonly schedule?: string;
    readonly timeZone?: string;
    readonly suspend?: boolean;
    readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplateSpec; readonly selector?: LabelSelector } };
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly active?: readonly unknown[];
    readonly lastScheduleTime?: string;
    readonly [field: string]: unknown;
  };
}

export const cronJobTable = table<CronJob>(
  text("Schedule", ({ spec }) => spec?.schedule ?? ""),
  text("Timezone", ({ spec }) => spec?.timeZone ?? "<none>"),
  text("Suspend", ({ spec }) => (spec?.suspend === true ? "True" : "False")),
  count("Active", ({ status }) => status?.active?.length ?? 0),
  text("Last Schedule", ({ status }, now) =>
    status?.lastScheduleTime === undefined ? "<none>" : age(status.lastScheduleTime, now),
  ),
  ageCell,
  wide("Containers", ({ spec }) => containerNames(spec?.jobTemplate?.spec?.template?.spec)),
  wide("Images", ({ spec }) => containerImages(spec?.jobTemplate?.spec?.template?.spec)),
  wide("Selector", ({ spec }) => selectorText(spec?.jobTemplate?.spec?.selector)),
);
