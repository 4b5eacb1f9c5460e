import type { Client, UnstructuredObject } from "@slipway/api";
import { listInstalled } from "../inventory/inventory.ts";
import { Problem } from "../problem.ts";
import { withRetries, writeBackoff } from "../retry.ts";
import { missingProviders, unready } from "./check.ts";
import { allClusters, discover, discoverTypes, typeOf } from "./discover.ts";
import { type Found, type MovePlan, planMove } from "./graph.ts";
import {
  asNew,
  createInTarget,
  deleteFromSource,
  describeNode,
  ensureNamespace,
  ownersIn,
  setPaused,
  type TransferOptions,
  waitUnblocked,
} from "./transfer.ts";

export interface MoveOptions extends TransferOptions {
  /** Undefined: every namespace. */
  readonly namespace?: string;
}

/**
 * Moves the Cluster API objects of a namespace to another management cluster. Safe to run again after it was interrupted (CTL-127).
 * @throws Problem before anything is changed when something is not settled or the target lacks a provider
 */
export const move = async (
  { source, target }: { readonly source: Client; readonly target: Client },
  options: MoveOptions,
): Promise<void> => {
  const { log, sleep } = options;
  log("Performing move...");
  refuse(missingProviders(await listInstalled(source), await listInstalled(target)));
  const plan = await makePlan(source, options);
  refuse(unready(plan));
  announce(plan, options);
  await setPaused(source, plan, { paused: true, sleep });
  await waitUnblocked(source, plan, options);
  log("Creating objects in the target cluster");
  await createInTarget({ source, target }, plan, options);
  log("Deleting objects from the source cluster");
  await deleteFromSource(source, plan, options);
  await setPaused(target, plan, { paused: false, sleep });
};

/** What `move` would do: changes nothing, asks the target nothing (CTL-128). */
export const rehearse = async (source: Client, options: MoveOptions): Promise<void> => {
  const { log } = options;
  for (const line of ["*".repeat(56), "This is a dry-run move, will not perform any real action", "*".repeat(56)]) log(line);
  const plan = await makePlan(source, options);
  announce(plan, options);
  log("Creating objects in the target cluster");
  for (const node of plan.groups.flat()) log(`Would create ${describeNode(node)}`);
  log("Deleting objects from the source cluster");
  for (const group of [...plan.groups].reverse()) {
    for (const node of group)
      if (!plan.globals.has(node.uid) && !plan.kept.has(node.uid)) log(`Would delete ${describeNode(node)}`);
  }
};

const makePlan = async (source: Client, { namespace, sleep }: MoveOptions): Promise<MovePlan> => {
  const found = await discover(source, { sleep, ...(namespace === undefined ? {} : { namespace }) });
  return planMove(found, namespace === undefined ? {} : { namespace, elsewhere: await allClusters(source) });
};

const refuse = (reasons: readonly string[]): void => {
  if (reasons.length > 0) throw new Problem(reasons.join("\n"));
};

const announce = (plan: MovePlan, { log }: MoveOptions): void => {
  log(
    `Moving Cluster API objects: ${plan.clusters.length} Clusters, ${plan.classes.length} ClusterClasses, ${plan.groups.flat().length} objects in all`,
  );
  for (const node of plan.orphans)
    log(
      `${describeNode(node)} stays behind: ${node.owners.map(({ kind, name }) => `${kind} ${name}`).join(", ")}, which it belongs to, is not moved`,
    );
};

/** One file an object. */
export interface SavedObject {
  /** `<Kind>_<namespace>_<name>.yaml` */
  readonly file: string;
  readonly object: UnstructuredObject;
}

/** Saves what would move; the source goes on as before (CTL-129). @param save is called for each object while everything is paused */
export const moveToDirectory = async (
  source: Client,
  { save, ...options }: MoveOptions & { readonly save: (saved: SavedObject) => void },
): Promise<void> => {
  const { log, sleep } = options;
  log("Moving to directory...");
  const plan = await makePlan(source, options);
  refuse(unready(plan));
  announce(plan, options);
  await setPaused(source, plan, { paused: true, sleep });
  for (const node of plan.groups.flat()) {
    const object = await source.get(node.resource, {
      name: node.object.metadata.name ?? "",
      ...(node.object.metadata.namespace === undefined ? {} : { namespace: node.object.metadata.namespace }),
    });
    const { name, namespace = "" } = object.metadata;
    log(`Saving ${describeNode(node)}`, 1);
    save({ file: `${object.kind}_${namespace}_${name}.yaml`, object });
  }
  await setPaused(source, plan, { paused: false, sleep });
};

/** Makes saved objects in a management cluster; what is there already is left alone (CTL-129). */
export const moveFromDirectory = async (
  target: Client,
  { objects, ...options }: TransferOptions & { readonly objects: readonly UnstructuredObject[] },
): Promise<void> => {
  const { log, sleep } = options;
  log("Moving from directory...");
  const types = await discoverTypes(target, sleep);
  const found: readonly Found[] = objects.flatMap((object) => {
    const type = typeOf(object, types);
    if (type === undefined)
      throw new Problem(
        `the target does not know the kind ${object.kind} of ${object.metadata.name}: run clusterctl init there first`,
      );
    return [{ object, type }];
  });
  const plan = planMove(found);
  announce(plan, options);
  const uids = new Map<string, string>();
  const namespaces = new Set<string>();
  for (const node of plan.groups.flat()) {
    const ref = {
      name: node.object.metadata.name ?? "",
      ...(node.object.metadata.namespace === undefined ? {} : { namespace: node.object.metadata.namespace }),
    };
    await ensureNamespace(target, ref, { namespaces, sleep });
    const there = await target.get(node.resource, ref).catch(() => undefined);
    log(`${there === undefined ? "Restoring" : "Keeping"} ${describeNode(node)}`, 1);
    const made =
      there ??
      (await withRetries(() => target.create(node.resource, asNew(node.object, ownersIn(node, uids))), {
        backoff: writeBackoff,
        sleep,
      }));
    uids.set(node.uid, made.metadata.uid);
  }
  await setPaused(target, plan, { paused: false, sleep });
};
