import type { Clock } from "@slipway/runtime";
import type { Ids } from "../ids.ts";
import type { ServiceName } from "../settings.ts";
import type { State } from "../state/state.ts";
import type { CallFault, FaultRule, Scenario, ScenarioFault } from "./rules.ts";

export interface CallSubject {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly projectId: string;
  readonly projectName: string;
}
export interface ScenarioSubject {
  readonly name: string;
  readonly projectId: string;
  readonly zone?: string;
  readonly flavor?: string;
}

/** The faults that are switched on, and whether one strikes now. They are records like all others: a restart keeps them. */
export interface Faults {
  add(rule: NewRule): FaultRule;
  list(): readonly FaultRule[];
  remove(id: string): boolean;
  clear(): void;
  /** The first rule that strikes this call; uses up its count. */
  call(subject: CallSubject): CallFault | undefined;
  scenario(scenario: Scenario, subject: ScenarioSubject): boolean;
  /** After a rule went: what it held up may go on. */
  onRelease(listener: () => void): void;
}
type NewOf<R> = Omit<R, "id" | "until">;
export type NewRule = NewOf<CallFault> | NewOf<ScenarioFault>;

export const createFaults = (state: State, ids: Ids, clock: Pick<Clock, "now">, random: () => number): Faults => {
  const released: (() => void)[] = [];
  const patterns = new Map<string, RegExp>();
  const matches = (pattern: string | undefined, text: string): boolean => {
    if (pattern === undefined) return true;
    const compiled = patterns.get(pattern) ?? new RegExp(pattern);
    patterns.set(pattern, compiled);
    return compiled.test(text);
  };
  const ofProject = (rule: FaultRule, projectId: string): boolean =>
    rule.project === undefined || rule.project === projectId || rule.project === state.projects.get(projectId)?.name;
  const release = (): void => {
    for (const listener of released) listener();
  };
  /** Those whose time is over go, and what they held up goes on. */
  const expire = (): void => {
    const now = clock.now().getTime();
    const over = [...state.faults.all()].filter((rule) => rule.until !== undefined && rule.until <= now);
    for (const rule of over) state.faults.remove(rule.id);
    if (over.length > 0) release();
  };
  const strikes = (rule: FaultRule): boolean => {
    if (rule.probability !== undefined && random() >= rule.probability) return false;
    if (rule.count !== undefined) {
      if (rule.count > 1) state.faults.put({ ...rule, count: rule.count - 1 });
      else state.faults.remove(rule.id);
    }
    return true;
  };
  return {
    add: (rule) => {
      for (const pattern of rule.kind === "call" ? [rule.path] : [rule.name]) if (pattern !== undefined) new RegExp(pattern);
      const until = rule.seconds === undefined ? {} : { until: clock.now().getTime() + rule.seconds * 1000 };
      return state.faults.put({ ...rule, ...until, id: ids.uuid() });
    },
    list: () => {
      expire();
      return [...state.faults.all()];
    },
    remove: (id) => {
      const removed = state.faults.remove(id) !== undefined;
      if (removed) release();
      return removed;
    },
    clear: () => {
      for (const rule of [...state.faults.all()]) state.faults.remove(rule.id);
      release();
    },
    call: (subject) => {
      if (state.faults.size === 0) return undefined;
      expire();
      for (const rule of [...state.faults.all()]) {
        if (rule.kind !== "call") continue;
        if (rule.service !== undefined && rule.service !== subject.service) continue;
        if (rule.method !== undefined && rule.method.toUpperCase() !== subject.method) continue;
        if (!matches(rule.path, subject.path) || (rule.body !== undefined && !subject.body.includes(rule.body))) continue;
        if (ofProject(rule, subject.projectId) && strikes(rule)) return rule;
      }
      return undefined;
    },
    scenario: (scenario, subject) => {
      if (state.faults.size === 0) return false;
      expire();
      for (const rule of [...state.faults.all()]) {
        if (rule.kind !== "scenario" || rule.scenario !== scenario || !matches(rule.name, subject.name)) continue;
        if (rule.zone !== undefined && rule.zone !== subject.zone) continue;
        if (rule.flavor !== undefined && rule.flavor !== subject.flavor) continue;
        if (ofProject(rule, subject.projectId) && strikes(rule)) return true;
      }
      return false;
    },
    onRelease: (listener) => {
      released.push(listener);
    },
  };
};
