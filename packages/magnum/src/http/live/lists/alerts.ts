import { type AlertSource, alertItem } from "../alerts.ts";
import type { LiveView } from "../watch.ts";
import type { ListSource } from "./shared.ts";

/**
 * What is wrong in the fleet. The rules are looked at every half minute, as Prometheus does; while somebody reads this list, a change
 * of a cluster has them looked at soon after.
 */
export const alertList = (live: LiveView, alerts: AlertSource): ListSource => ({
  gatherMilliseconds: 2_000,
  all: async () => {
    await live.synced();
    const items = (await alerts.read()).map((alert) => alertItem(alert, live));
    return new Map(items.map((item) => [item.uid, item]));
  },
  about: () => ({}),
  subscribe: (wake) => {
    const stops = [live.subscribe(() => wake()), alerts.subscribe(() => wake())];
    return () => {
      for (const stop of stops) stop();
    };
  },
});
