import { durationPattern } from "./durations.ts";

/**
 * What Grafana's loader would refuse in a file of `provisioning/alerting/`, one sentence each; nothing when it would take it. Written
 * after its source (pkg/services/provisioning/alerting), since a file that it refuses stops Grafana from starting.
 */
export const grafanaFaults = (document: unknown): readonly string[] => {
  const file = fields(document);
  const faults: string[] = [];
  const say = (where: string, what: string) => faults.push(`${where}: ${what}`);
  if (file["apiVersion"] !== 1) say("apiVersion", "must be 1");
  for (const key of Object.keys(file)) if (!rootKeys.has(key)) say(key, "is no key of a provisioning file");
  for (const [index, group] of list(file["groups"]).entries()) groupFaults(group, `groups[${index}]`, say);
  for (const [index, point] of list(file["contactPoints"]).entries()) contactPointFaults(point, `contactPoints[${index}]`, say);
  for (const [index, policy] of list(file["policies"]).entries()) policyFaults(policy, `policies[${index}]`, say, true);
  for (const [index, gone] of list(file["deleteRules"]).entries())
    if (text(fields(gone)["uid"]) === "") say(`deleteRules[${index}].uid`, "is missing");
  for (const organisation of list(file["resetPolicies"]))
    if (!Number.isInteger(organisation)) say("resetPolicies", "must be a list of organisations");
  const uids = list(file["groups"]).flatMap((group) => list(fields(group)["rules"]).map((rule) => text(fields(rule)["uid"])));
  for (const uid of new Set(uids.filter((each, index) => uids.indexOf(each) !== index))) say(uid, "is the uid of several rules");
  return faults;
};

type Say = (where: string, what: string) => void;

const rootKeys = new Set([
  ...["apiVersion", "groups", "deleteRules", "contactPoints", "deleteContactPoints", "policies", "resetPolicies"],
  ...["templates", "deleteTemplates", "muteTimes", "deleteMuteTimes"],
]);
const ruleKeys = new Set([
  ...["uid", "title", "condition", "data", "for", "keepFiringFor", "noDataState", "execErrState", "annotations", "labels"],
  ...["isPaused", "dashboardUid", "panelId", "missing_series_evals_to_resolve", "notification_settings", "record"],
]);
const noDataStates = new Set(["NoData", "Alerting", "OK", "KeepLast"]);
const execErrStates = new Set(["Alerting", "Error", "OK", "KeepLast"]);
const expressionTypes = new Set(["reduce", "threshold", "math", "resample", "classic_conditions"]);

const groupFaults = (group: unknown, where: string, say: Say): void => {
  const { name, folder, interval, rules } = fields(group);
  if (text(name) === "") say(`${where}.name`, "is missing");
  if (text(folder) === "") say(`${where}.folder`, "is missing");
  if (!isDuration(interval)) say(`${where}.interval`, "must be a duration");
  for (const [index, rule] of list(rules).entries()) ruleFaults(rule, `${where}.rules[${index}]`, say);
};

const ruleFaults = (rule: unknown, where: string, say: Say): void => {
  const of = fields(rule);
  for (const key of Object.keys(of)) if (!ruleKeys.has(key)) say(`${where}.${key}`, "is no key of a rule");
  const uid = text(of["uid"]);
  if (!/^[a-zA-Z0-9_-]{1,40}$/.test(uid)) say(`${where}.uid`, "must be 1 to 40 letters, digits, - or _");
  if (text(of["title"]) === "") say(`${where}.title`, "is missing");
  const data = list(of["data"]).map(fields);
  if (data.length === 0) say(`${where}.data`, "needs a query");
  const refs = data.map(({ refId }) => text(refId));
  if (of["record"] === undefined && !refs.includes(text(of["condition"]))) say(`${where}.condition`, "names no query");
  for (const [index, query] of data.entries()) queryFaults(query, refs, `${where}.data[${index}]`, say);
  for (const key of ["for", "keepFiringFor"])
    if (of[key] !== undefined && !isDuration(of[key])) say(`${where}.${key}`, "must be a duration");
  if (of["noDataState"] !== undefined && !noDataStates.has(text(of["noDataState"])))
    say(`${where}.noDataState`, `must be one of ${[...noDataStates].join(", ")}`);
  if (of["execErrState"] !== undefined && !execErrStates.has(text(of["execErrState"])))
    say(`${where}.execErrState`, `must be one of ${[...execErrStates].join(", ")}`);
  const routed = of["notification_settings"];
  if (routed !== undefined && text(fields(routed)["receiver"]) === "")
    say(`${where}.notification_settings.receiver`, "is missing");
  const record = of["record"];
  if (record !== undefined && (text(fields(record)["metric"]) === "" || !refs.includes(text(fields(record)["from"]))))
    say(`${where}.record`, "needs metric, and from that names a query");
  const evaluations = of["missing_series_evals_to_resolve"];
  if (evaluations !== undefined && !(Number.isInteger(evaluations) && Number(evaluations) >= 0))
    say(`${where}.missing_series_evals_to_resolve`, "must be a whole number, not negative");
  if ((of["panelId"] === undefined) !== (of["dashboardUid"] === undefined))
    say(where, "dashboardUid and panelId belong together");
  for (const part of ["labels", "annotations"])
    for (const [name, value] of Object.entries(fields(of[part]))) {
      if (typeof value !== "string") say(`${where}.${part}.${name}`, "must be text");
      else if (expands(value, part)) say(`${where}.${part}.${name}`, "has a dollar that the loader would replace");
    }
};

/** In labels `$NAME` is the environment's and `$$` a dollar; in annotations only the braced form is. */
const expands = (value: string, part: string): boolean =>
  part === "labels" ? /(^|[^$])(\$\$)*\$([^$]|$)/.test(value) : /\$\{/.test(value);

const queryFaults = (query: Fields, refs: readonly string[], where: string, say: Say): void => {
  if (text(query["refId"]) === "") say(`${where}.refId`, "is missing");
  const range = fields(query["relativeTimeRange"]);
  if (!(Number(range["from"]) >= Number(range["to"]))) say(`${where}.relativeTimeRange`, "must lead from further back to nearer");
  const source = text(query["datasourceUid"]);
  if (source === "") say(`${where}.datasourceUid`, "is missing");
  const model = fields(query["model"]);
  if (source !== "__expr__") {
    if (text(model["expr"]) === "") say(`${where}.model.expr`, "is missing");
    return;
  }
  if (!expressionTypes.has(text(model["type"]))) say(`${where}.model.type`, `must be one of ${[...expressionTypes].join(", ")}`);
  if (text(model["type"]) !== "math" && !refs.includes(text(model["expression"])))
    say(`${where}.model.expression`, "names no query");
};

/** What each kind of receiver cannot do without. */
const receiverSettings: { readonly [type: string]: readonly string[] } = {
  email: ["addresses"],
  slack: [],
  webhook: ["url"],
  pagerduty: ["integrationKey"],
  opsgenie: ["apiKey"],
  teams: ["url"],
  "prometheus-alertmanager": ["url"],
};

const contactPointFaults = (point: unknown, where: string, say: Say): void => {
  const { name, receivers } = fields(point);
  if (text(name) === "") say(`${where}.name`, "is missing");
  if (list(receivers).length === 0) say(`${where}.receivers`, "needs one");
  for (const [index, receiver] of list(receivers).entries()) {
    const { uid, type, settings } = fields(receiver);
    const here = `${where}.receivers[${index}]`;
    if (text(uid) === "") say(`${here}.uid`, "is missing");
    const needed = receiverSettings[text(type)];
    if (needed === undefined) say(`${here}.type`, `must be one of ${Object.keys(receiverSettings).join(", ")}`);
    for (const key of needed ?? []) if (text(fields(settings)[key]) === "") say(`${here}.settings.${key}`, "is missing");
    if (text(type) === "slack" && text(fields(settings)["url"]) === "" && text(fields(settings)["token"]) === "")
      say(`${here}.settings`, "needs url, or token and recipient");
  }
};

const operators = new Set(["=", "!=", "=~", "!~"]);

const policyFaults = (policy: unknown, where: string, say: Say, root: boolean): void => {
  const of = fields(policy);
  if (root && text(of["receiver"]) === "") say(`${where}.receiver`, "is missing");
  if (root && of["mute_time_intervals"] !== undefined) say(`${where}.mute_time_intervals`, "is not for the root");
  for (const key of ["group_wait", "group_interval", "repeat_interval"])
    if (of[key] !== undefined && !isDuration(of[key])) say(`${where}.${key}`, "must be a duration");
  for (const [index, matcher] of list(of["object_matchers"]).entries()) {
    const [label, operator, value] = list(matcher).map(text);
    if (label === undefined || label === "" || !operators.has(operator ?? "") || value === undefined)
      say(`${where}.object_matchers[${index}]`, "must be label, operator (=, !=, =~, !~) and value");
  }
  for (const [index, route] of list(of["routes"]).entries()) policyFaults(route, `${where}.routes[${index}]`, say, false);
};

type Fields = { readonly [key: string]: unknown };
const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const isDuration = (value: unknown): boolean => new RegExp(durationPattern).test(text(value));
