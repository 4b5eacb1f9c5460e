import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { QuotaName } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { keys } from "../live/apply.ts";
import { useFollow } from "../live/useFollow.ts";
import { Loaded } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { QuotaMeters } from "./QuotaMeters.tsx";

const groups: readonly {
  readonly name: "clusters" | "compute" | "network" | "storage";
  readonly resources: readonly QuotaName[];
}[] = [
  { name: "clusters", resources: ["clusters"] },
  { name: "compute", resources: ["instances", "cores", "ram", "keyPairs", "serverGroups", "serverGroupMembers"] },
  {
    name: "network",
    resources: [
      "networks",
      "subnets",
      "routers",
      "ports",
      "floatingIps",
      "securityGroups",
      "securityGroupRules",
      "loadBalancers",
    ],
  },
  { name: "storage", resources: ["volumes", "gigabytes"] },
];

export const QuotasPage = () => {
  const { t } = useTranslation();
  const { api } = useServices();
  usePageTitle(t("nav.quotas"));
  useFollow(undefined);
  const quotas = useQuery({ queryKey: keys.quotas, queryFn: ({ signal }) => api.call("GET /api/quotas", { signal }) });
  return (
    <>
      <PageHead title={t("nav.quotas")} lead={t("quota.lead")} />
      <Loaded query={quotas}>
        {({ quotas: list, unknown }) => (
          <div className="stack">
            {unknown.length > 0 && <Note tone="warn" title={t("quota.unknown", { services: unknown.join(", ") })} />}
            {groups.map(({ name, resources }) => {
              const shown = list.filter(({ resource }) => resources.includes(resource));
              return shown.length === 0 ? null : (
                <Panel key={name} title={t(`quota.groups.${name}`)}>
                  <QuotaMeters quotas={shown} />
                </Panel>
              );
            })}
          </div>
        )}
      </Loaded>
    </>
  );
};
