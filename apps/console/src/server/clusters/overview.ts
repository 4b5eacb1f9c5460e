import type { LiveCluster } from "@slipway/api/magnum/live.ts";
import type { Features } from "../../contract/index.ts";
import { isFault } from "../http/fault.ts";
import { list } from "../openstack/call.ts";
import type { Services } from "../openstack/services.ts";
import type { Session } from "../session/sessions.ts";
import { liveFromMagnum, type Overview } from "./doors.ts";

export interface FullOverview extends Overview {
  /** Whether the Magnum behind this session is Slipway's. Asked once. */
  isSlipway(session: Session): Promise<boolean>;
  features(session: Session): Promise<Features>;
}

/** Slipway's Magnum says phase and progress; any other is read as far as it goes. */
export const createOverview = (services: Services): FullOverview => {
  const known = new Map<string, Promise<boolean>>();

  const isSlipway = (session: Session): Promise<boolean> => {
    const url = services.urlOf(session, "containerInfra");
    const asked = known.get(url);
    if (asked !== undefined) return asked;
    const answer = services.ask(session, "containerInfra", "GET", "/live").then(
      () => true,
      (error: unknown) => {
        if (isFault(error, "notFound", "invalid")) return false;
        known.delete(url);
        throw error;
      },
    );
    known.set(url, answer);
    return answer;
  };
  const plain = async (session: Session): Promise<readonly LiveCluster[]> => {
    const clusters = list(await services.ask(session, "containerInfra", "GET", "/clusters/detail"), "clusters").map(
      liveFromMagnum,
    );
    // An administrator's list has everybody's.
    return clusters.filter(({ projectId }) => projectId === session.project?.id);
  };

  return {
    isSlipway,
    list: async (session) =>
      (await isSlipway(session))
        ? (list(
            await services.ask(session, "containerInfra", "GET", "/live/clusters"),
            "clusters",
          ) as unknown as readonly LiveCluster[])
        : plain(session),
    get: async (session, id) => {
      if (await isSlipway(session))
        return (await services.ask(session, "containerInfra", "GET", `/live/clusters/${id}`)) as unknown as LiveCluster;
      return liveFromMagnum(await services.ask(session, "containerInfra", "GET", `/clusters/${id}`));
    },
    features: async (session) => {
      // A session without a project, or a Magnum that does not answer now, is no reason not to sign in.
      const live = session.project === null || session.token === undefined ? false : await isSlipway(session).catch(() => false);
      return {
        live,
        diagnosis: live,
        autoscaling: false,
        caRotation: live,
        credentialRotation: live,
        nodeReplace: live,
        addons: false,
        nodeConsoleLog: live,
      };
    },
  };
};
