import { ApiError, jsonText, type UnstructuredObject } from "@slipway/api";
import { decodeManaged } from "../apply/managed.ts";
import { restrictionOf } from "../nodes/restriction.ts";
import type { Core } from "../registry/core.ts";
import { badRequest, forbidden, internal } from "../registry/errors.ts";
import { withMetadata } from "../registry/object.ts";
import { applyJsonPatch } from "../registry/patch.ts";
import type { ServedResource } from "../registry/served.ts";
import { frozenJson } from "../storage/frozen.ts";
import { noWebhooks, type WebhookCaller } from "./caller.ts";
import { type Webhook, webhooksOf } from "./configurations.ts";
import { firstLine, type Judge, meetsConditions, variablesFor } from "./expressions.ts";
import { isSelected, matchedResource } from "./matching.ts";
import { createPolicies, type Policies } from "./policies.ts";
import type { AdmissionRequest, Change } from "./request.ts";
import { denial, reviewOf, type Verdict, verdictOf } from "./review.ts";

/** Those outside who have a say in a write: webhooks and policies. */
export interface Admission {
  /** Undefined when nobody asked to see such writes: then the write need not wait for anybody. */
  gateFor(request: AdmissionRequest): Gate | undefined;
}

export interface Gate {
  /** Absent: nobody changes such writes. Answers the same object when nobody changed it. */
  readonly mutate: ((change: Change) => Promise<UnstructuredObject | undefined>) | undefined;
  /** @throws ApiError the denial, or InternalError for a webhook that cannot be asked and must be */
  readonly validate: ((change: Change) => Promise<void>) | undefined;
}

export interface AdmissionOptions {
  readonly webhooks?: WebhookCaller;
  readonly judge: Judge;
}

interface Hook {
  readonly webhook: Webhook;
  /** The version of the resource that its rule names. */
  readonly seenAs: ServedResource;
}

export const createAdmission = (core: Core, options: AdmissionOptions): Admission => {
  const caller = options.webhooks ?? noWebhooks;
  const policies: Policies = createPolicies(core, options.judge);

  const hooksFor = (type: "mutating" | "validating", request: AdmissionRequest): readonly Hook[] =>
    webhooksOf(core, type).flatMap((webhook) => {
      const seenAs = matchedResource(core, webhook, request);
      return seenAs === undefined ? [] : [{ webhook, seenAs }];
    });

  /** Undefined: it does not want to see this one, or could not be asked and need not be. */
  const ask = async (hook: Hook, mutating: boolean, request: AdmissionRequest, change: Change): Promise<Verdict | undefined> => {
    const { webhook, seenAs } = hook;
    if (!isSelected(core, webhook, request, change)) return undefined;
    if (!isWanted(options.judge, hook, request, change)) return undefined;
    if (request.dryRun && !webhook.dryRunSafe) {
      throw badRequest(`admission webhook ${jsonText(webhook.name)} does not support dry run`);
    }
    const uid = core.chance.uuid();
    let verdict: Verdict;
    try {
      const { timeoutSeconds, reviewVersion } = webhook;
      const review = reviewOf(reviewVersion, uid, request, await shownAs(core, request, change, seenAs), seenAs);
      const answer = await posted(caller, webhook, review, timeoutSeconds);
      verdict = verdictOf(answer, reviewVersion, uid, mutating);
    } catch (error) {
      if (webhook.failurePolicy === "Ignore") return undefined;
      throw internal(`failed calling webhook ${jsonText(webhook.name)}: ${firstLine(error)}`);
    }
    for (const text of verdict.warnings) request.context.warn(text);
    for (const [key, value] of Object.entries(verdict.auditAnnotations)) {
      request.context.annotate?.(`${webhook.name}/${key}`, value);
    }
    if (!verdict.allowed) throw denial(webhook.name, verdict.status);
    return verdict;
  };

  /** In order, each seeing what those before it left; once more for those that want to see what later ones changed. */
  const mutate = async (hooks: readonly Hook[], request: AdmissionRequest, change: Change) => {
    let object = change.object;
    const called = new Set<Hook>();
    const again = new Set<Hook>();
    const run = async (hook: Hook): Promise<boolean> => {
      const now = { ...change, object };
      const verdict = await ask(hook, true, request, now);
      if (verdict === undefined) return false;
      called.add(hook);
      if (verdict.patch.length === 0) return false;
      const changed = await patched(core, request, now, hook, verdict);
      if (changed === object) return false;
      object = changed;
      return true;
    };
    for (const hook of hooks) {
      const before = [...called];
      if (!(await run(hook))) continue;
      for (const earlier of before) if (earlier.webhook.reinvoked && earlier !== hook) again.add(earlier);
    }
    for (const hook of hooks) if (again.has(hook)) await run(hook);
    return object;
  };

  return {
    gateFor: (request) => {
      const mutating = hooksFor("mutating", request);
      const validating = hooksFor("validating", request);
      const judged = policies.policiesFor(request);
      const restrict = restrictionOf(core, request);
      if (mutating.length + validating.length === 0 && judged === undefined && restrict === undefined) return undefined;
      return {
        mutate: mutating.length === 0 ? undefined : (change) => mutate(mutating, request, change),
        validate:
          validating.length === 0 && judged === undefined && restrict === undefined
            ? undefined
            : async (change) => {
                restrict?.(change);
                await judged?.(change);
                const outcomes = await Promise.allSettled(validating.map((hook) => ask(hook, false, request, change)));
                const refused = outcomes.find((outcome) => outcome.status === "rejected");
                if (refused !== undefined) throw refused.reason;
              },
      };
    },
  };
};

const posted = async (caller: WebhookCaller, webhook: Webhook, review: object, timeoutSeconds: number): Promise<unknown> => {
  try {
    return await caller.post(webhook.target, review, { timeoutSeconds, query: `timeout=${timeoutSeconds}s` });
  } catch (error) {
    throw new Error(`failed to call webhook: ${firstLine(error)}`, { cause: error });
  }
};

/** @throws ApiError Forbidden when a condition fails and the webhook must be asked */
const isWanted = (judge: Judge, { webhook, seenAs }: Hook, request: AdmissionRequest, change: Change): boolean => {
  if (webhook.conditions.length === 0) return true;
  try {
    return meetsConditions(webhook.conditions, variablesFor(judge, request, change, seenAs));
  } catch (error) {
    if (webhook.failurePolicy === "Ignore") return false;
    throw forbidden(request.served, request.name, `match condition of webhook ${webhook.name} failed: ${firstLine(error)}`);
  }
};

/** Both objects in the version that the webhook asked for. */
const shownAs = async (core: Core, request: AdmissionRequest, change: Change, seenAs: ServedResource): Promise<Change> => {
  if (seenAs === request.served || isForeign(request)) return change;
  const converted = async (object: UnstructuredObject | undefined) =>
    object === undefined ? undefined : core.versions.converted(request.served, seenAs, object);
  return { object: await converted(change.object), old: await converted(change.old) };
};

/** An Eviction or a Scale is the same in every version of what it is about. */
const isForeign = ({ subresource }: AdmissionRequest): boolean => subresource !== undefined && subresource !== "status";

const patched = async (
  core: Core,
  request: AdmissionRequest,
  change: Change,
  { webhook, seenAs }: Hook,
  verdict: Verdict,
): Promise<UnstructuredObject> => {
  const { object } = change;
  const name = jsonText(webhook.name);
  if (object === undefined) {
    throw internal(`admission webhook ${name} attempted to modify the object, which is not supported for this operation`);
  }
  const foreign = isForeign(request);
  const shown = seenAs === request.served || foreign ? object : await core.versions.converted(request.served, seenAs, object);
  let made: UnstructuredObject;
  try {
    made = frozenJson(applyJsonPatch(shown, verdict.patch));
  } catch (error) {
    throw internal(error instanceof ApiError && error.cause !== undefined ? firstLine(error.cause) : firstLine(error));
  }
  const named = kept(made, object, request, webhook.name);
  if (foreign) return named;
  const known = seenAs.schema.default(seenAs.schema.prune(named).object);
  return seenAs === request.served ? known : core.versions.converted(seenAs, request.served, known);
};

/** What is no list of managers is dropped: who wrote what is more than a webhook may spoil. */
const kept = (
  made: UnstructuredObject,
  before: UnstructuredObject,
  { context }: AdmissionRequest,
  webhook: string,
): UnstructuredObject => {
  // Options of a connection have no metadata.
  const misshapen = before.metadata !== undefined && (typeof made.metadata !== "object" || made.metadata === null);
  if (made.kind !== before.kind || misshapen) {
    throw internal(`admission webhook ${jsonText(webhook)} made something else than a ${before.kind}`);
  }
  try {
    decodeManaged(made.metadata?.managedFields);
    return made;
  } catch (error) {
    context.warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${firstLine(error)}`,
    );
    return withMetadata(made, { managedFields: before.metadata.managedFields });
  }
};
