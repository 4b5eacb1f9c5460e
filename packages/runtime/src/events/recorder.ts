import { type Client, isNotFound, type KubeObject, type Resource } from "@slipway/api";
import type { Clock, EventRecorder, Logger } from "../controller/controller.ts";

/** core/v1 Event, as far as a recorder writes it. */
interface EventObject extends KubeObject {
  readonly involvedObject: object;
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component: string };
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly type: "Normal" | "Warning";
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}
const EventResource: Resource<EventObject> = { group: "", version: "v1", kind: "Event", plural: "events", scope: "Namespaced" };

/** client-go's correlator: what repeats is counted, what floods is thinned. */
const limits = {
  /** Per source and object: this many at once, then one every 300 s. */
  burst: 25,
  refillSeconds: 300,
  /** More than this many different messages for one reason within the interval become one "combined" event. */
  similar: 10,
  similarSeconds: 600,
  /** Objects and messages remembered; the least recently used are forgotten. */
  remembered: 4096,
};

export interface RecorderOptions {
  readonly client: Pick<Client, "create" | "patch">;
  readonly clock: Clock;
  readonly log: Logger;
  /** `machine-controller` */
  readonly component: string;
}

/** Writes go out in the background; an event that cannot be written is logged and lost, never retried. */
export const createRecorder = ({ client, clock, log, component }: RecorderOptions): EventRecorder => {
  const seen = createRecent<{ name: string; count: number; written: Promise<unknown> }>(limits.remembered);
  const spam = createRecent<{ tokens: number; at: number }>(limits.remembered);
  const groups = createRecent<{ messages: Set<string>; at: number }>(limits.remembered);
  let sequence = 0;

  const allowed = (key: string, now: number): boolean => {
    const bucket = spam.get(key) ?? { tokens: limits.burst, at: now };
    const tokens = Math.min(limits.burst, bucket.tokens + (now - bucket.at) / 1000 / limits.refillSeconds);
    spam.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens >= 1;
  };
  const combined = (key: string, message: string, now: number): string => {
    const known = groups.get(key);
    const group = known && now - known.at <= limits.similarSeconds * 1000 ? known : { messages: new Set<string>(), at: now };
    group.messages.add(message);
    group.at = now;
    groups.set(key, group);
    return group.messages.size >= limits.similar ? `(combined from similar events): ${message}` : message;
  };

  const record = (object: KubeObject, type: "Normal" | "Warning", reason: string, text: string): void => {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    if (name === undefined) return;
    const now = clock.now();
    const about = `${object.kind}/${namespace ?? ""}/${name}/${uid ?? ""}`;
    if (!allowed(about, now.getTime())) return;
    const kindOfEvent = `${about}/${type}/${reason}`;
    const message = combined(kindOfEvent, text, now.getTime());
    const isCombined = message !== text;
    const key = isCombined ? kindOfEvent : `${kindOfEvent}/${text}`;
    const stamp = `${now.toISOString().slice(0, 19)}Z`;
    const ref = { namespace: namespace ?? "default" };
    const repeated = seen.get(key);
    const lost = (error: unknown) => log.debug("an event was not written", { reason, object: about, error });

    const create = (count: number) => {
      sequence += 1;
      // As client-go: unique by time, readable by prefix. The sequence tells events of one instant apart.
      const eventName = `${name}.${(BigInt(now.getTime()) * 1_000_000n + BigInt(sequence % 1_000_000)).toString(16)}`;
      const event: EventObject = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { ...ref, name: eventName },
        involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
        type,
        reason,
        message,
        source: { component },
        firstTimestamp: stamp,
        lastTimestamp: stamp,
        count,
        reportingComponent: component,
        reportingInstance: "",
      };
      seen.set(key, { name: eventName, count, written: client.create(EventResource, event).catch(lost) });
    };
    if (!repeated) {
      create(1);
      return;
    }
    const count = repeated.count + 1;
    const body = { count, message, lastTimestamp: stamp };
    const written = repeated.written
      .then(() => client.patch(EventResource, { ...ref, name: repeated.name }, { type: "merge", body }))
      .catch((error) => (isNotFound(error) ? create(count) : lost(error))); // it lived too long ago
    seen.set(key, { name: repeated.name, count, written });
  };
  return {
    normal: (object, reason, message) => record(object, "Normal", reason, message),
    warning: (object, reason, message) => record(object, "Warning", reason, message),
  };
};

const createRecent = <V>(size: number) => {
  const entries = new Map<string, V>();
  return {
    get: (key: string): V | undefined => entries.get(key),
    set: (key: string, value: V): void => {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= size) return;
      const oldest = entries.keys().next();
      if (!oldest.done) entries.delete(oldest.value);
    },
  };
};
