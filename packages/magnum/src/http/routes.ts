import { quotaRoutes } from "./admin/quotas.ts";
import { adminRoutes } from "./admin/routes.ts";
import { certificateRoutes } from "./certificates/routes.ts";
import { clusterRoutes } from "./clusters/routes.ts";
import { templateRoutes } from "./clustertemplates/routes.ts";
import { diagnosisRoutes } from "./diagnosis/routes.ts";
import type { Route } from "./exchange.ts";
import { liveRoutes } from "./live/routes.ts";
import { nodeGroupRoutes } from "./nodegroups/routes.ts";
import { orphanRoutes } from "./orphans/routes.ts";

/** Everything below `/v1` that needs a token. */
export const routes: readonly Route[] = [
  ...templateRoutes,
  ...clusterRoutes,
  ...nodeGroupRoutes,
  ...diagnosisRoutes,
  ...orphanRoutes,
  ...certificateRoutes,
  ...quotaRoutes,
  ...adminRoutes,
  ...liveRoutes,
];
