import type { UnstructuredObject } from "../../meta/object.ts";

/** What an autoscaler looks at: `cpu: 12%/80%`, and how many more there are. */
export const autoscalerTargets = ({ spec, status }: UnstructuredObject): string => {
  const metrics = (spec?.["metrics"] ?? []) as readonly Metric[];
  const now = (status?.["currentMetrics"] ?? []) as readonly Metric[];
  if (metrics.length === 0) return "<none>";
  const shown = metrics.slice(0, most).map((metric, at) => one(metric, now[at]));
  const more = metrics.length - shown.length;
  return `${shown.join(", ")}${more === 0 ? "" : ` + ${more} more...`}`;
};

const most = 2;

interface Amount {
  readonly averageUtilization?: number;
  readonly averageValue?: string;
  readonly value?: string;
}
interface Source {
  readonly name?: string;
  readonly target?: Amount;
  readonly current?: Amount;
}
interface Metric {
  readonly type?: string;
  readonly resource?: Source;
  readonly containerResource?: Source;
  readonly pods?: Source;
  readonly object?: Source;
  readonly external?: Source;
}

const unknown = "<unknown>";

const one = (metric: Metric, now: Metric | undefined): string => {
  switch (metric.type) {
    case "Resource":
      return ofResource(metric.resource, now?.resource);
    case "ContainerResource":
      return ofResource(metric.containerResource, now?.containerResource);
    case "Pods":
      return `${now?.pods?.current?.averageValue ?? unknown}/${metric.pods?.target?.averageValue ?? "0"}`;
    case "Object":
      return whole(metric.object, now?.object);
    case "External":
      return whole(metric.external, now?.external);
    default:
      return "<unknown type>";
  }
};

const ofResource = (wanted: Source | undefined, now: Source | undefined): string => {
  const { averageValue, averageUtilization } = wanted?.target ?? {};
  if (averageValue !== undefined) return `${wanted?.name}: ${now?.current?.averageValue ?? unknown}/${averageValue}`;
  const used = now?.current?.averageUtilization;
  const target = averageUtilization === undefined ? "<auto>" : `${averageUtilization}%`;
  return `${wanted?.name}: ${used === undefined ? unknown : `${used}%`}/${target}`;
};

const whole = (wanted: Source | undefined, now: Source | undefined): string => {
  const average = wanted?.target?.averageValue;
  return average === undefined
    ? `${now?.current?.value ?? unknown}/${wanted?.target?.value ?? "0"}`
    : `${now?.current?.averageValue ?? unknown}/${average} (avg)`;
};
