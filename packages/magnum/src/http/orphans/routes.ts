import { auditDocument } from "@slipway/doctor";
import { enforce } from "../auth/policy.ts";
import { MagnumError, notFound } from "../errors.ts";
import type { Answer, Exchange, Route } from "../exchange.ts";
import { orphanageOf } from "./orphanage.ts";

/** An extension of ours, for administrators: cloud resources of clusters that are no more. */
const list = async (exchange: Exchange): Promise<Answer> => {
  enforce("orphan:get_all", exchange.caller);
  return { status: 200, body: auditDocument((await orphanageOf(exchange).look()).audit, exchange.world.clock.now()) };
};

/** By its id only, and only if it still is one. */
const remove = async (exchange: Exchange): Promise<Answer> => {
  const { caller, params } = exchange;
  enforce("orphan:delete", caller);
  const id = params["orphan"] ?? "";
  const removal = await orphanageOf(exchange).remove(id, caller.userId);
  if (removal === undefined || removal.result === "not an orphan") throw notFound(`Orphan ${id} could not be found.`);
  if (removal.result === "refused") throw new MagnumError(409, removal.message);
  return { status: 204 };
};

export const orphanRoutes: readonly Route[] = [
  { method: "GET", path: "orphans", handle: list },
  { method: "DELETE", path: "orphans/:orphan", handle: remove },
];
