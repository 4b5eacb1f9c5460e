import type { CloudEvidence, collectCloud } from "@slipway/doctor";
import { type Phase, phase, ready, wait } from "@slipway/runtime";
import { evidenceOf, quietSeconds } from "../diagnosis.ts";
import { isAsAsked } from "../progress.ts";
import type { DriverEffect, Facts, Scope } from "../scope.ts";

/** While things move nobody asks why they do not: the cloud is left alone until nothing has changed for this long. */
const PATIENCE_SECONDS = 30;
/** How often the cloud is asked again while a cluster stands still. */
const AGAIN_SECONDS = 60;

type Found =
  | { readonly standing: "moving"; readonly recheckSeconds: number }
  | { readonly standing: "asAsked" }
  | { readonly standing: "still"; readonly cloud: CloudEvidence | undefined };

/**
 * Why does it not go on? A cluster that is not as asked for, and in which nothing moves, is looked at from the cloud's side too. It
 * stops nothing: what it finds goes into the status.
 */
export const examination = (collect: typeof collectCloud | undefined): Phase<Scope, Found, DriverEffect, Facts> =>
  phase<Scope, Found, DriverEffect, Facts>({
    name: "examination",
    independent: true,
    observe: async ({ record, observed, cloud, credential, now }) => {
      if (collect === undefined || isAsAsked(record, observed)) return { standing: "asAsked" };
      const quiet = quietSeconds(record, observed, now);
      if (quiet < PATIENCE_SECONDS) return { standing: "moving", recheckSeconds: PATIENCE_SECONDS - quiet };
      const objects = evidenceOf(record, observed, credential === undefined ? "missing" : "there");
      return { standing: "still", cloud: cloud === undefined ? undefined : await collect(cloud, objects) };
    },
    decide: (found) => {
      switch (found.standing) {
        case "asAsked":
          return ready();
        case "moving":
          return wait("Moving", { recheckSeconds: found.recheckSeconds });
        case "still":
          return wait("StandingStill", {
            recheckSeconds: AGAIN_SECONDS,
            ...(found.cloud === undefined ? {} : { facts: { cloudEvidence: found.cloud } }),
          });
      }
    },
  });
