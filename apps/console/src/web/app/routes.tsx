import { Button } from "@mantine/core";
import { createRootRoute, createRoute, createRouter, Link, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { clusterSearch } from "../cluster/clustersearch.ts";
import { ClustersPage } from "../clusters/ClustersPage.tsx";
import { listView } from "../clusters/rows.ts";
import { Empty } from "../parts/Empty.tsx";
import { Loading } from "../parts/Loading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { Root } from "./Root.tsx";

const Nowhere = () => {
  const { t } = useTranslation();
  return (
    <Empty alone icon="question" title={t("shell.nowhere")}>
      <Button variant="default" renderRoot={(props) => <Link to="/clusters" {...props} />}>
        {t("detail.toClusters")}
      </Button>
    </Empty>
  );
};

const root = createRootRoute({
  component: Root,
  notFoundComponent: Nowhere,
  errorComponent: ({ error, reset }) => <Problem error={error} onRetry={reset} />,
});

/** The list is in the first load; every other page is fetched when somebody goes there. */
const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/clusters" });
    },
  }),
  createRoute({ getParentRoute: () => root, path: "/clusters", component: ClustersPage, validateSearch: listView }),
  createRoute({
    getParentRoute: () => root,
    path: "/clusters/new",
    component: lazyRouteComponent(() => import("../create/CreatePage.tsx"), "CreatePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/clusters/$id",
    component: lazyRouteComponent(() => import("../cluster/ClusterPage.tsx"), "ClusterPage"),
    validateSearch: clusterSearch,
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/templates",
    component: lazyRouteComponent(() => import("../templates/TemplatesPage.tsx"), "TemplatesPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/quotas",
    component: lazyRouteComponent(() => import("../quotas/QuotasPage.tsx"), "QuotasPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/credentials",
    component: lazyRouteComponent(() => import("../credentials/CredentialsPage.tsx"), "CredentialsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/operator/fleet",
    component: lazyRouteComponent(() => import("../operator/FleetPage.tsx"), "FleetPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/operator/alerts",
    component: lazyRouteComponent(() => import("../operator/AlertsPage.tsx"), "AlertsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/operator/projects",
    component: lazyRouteComponent(() => import("../operator/ProjectsPage.tsx"), "ProjectsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/operator/orphans",
    component: lazyRouteComponent(() => import("../operator/OrphansPage.tsx"), "OrphansPage"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPendingComponent: Loading,
  defaultPendingMs: 150,
  // A page is fetched when somebody is about to go there.
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
