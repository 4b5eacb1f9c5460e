import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useServices } from "../app/services.tsx";
import { keys } from "../live/apply.ts";
import { Empty } from "../parts/Empty.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Panel } from "../parts/Panel.tsx";
import { QuotaMeters } from "../quotas/QuotaMeters.tsx";
import { useSession } from "../session/session.ts";

/** No cluster yet: what one is, what there is room for, and one button. */
export const NoClusters = () => {
  const { t } = useTranslation();
  const { api } = useServices();
  const { may } = useSession();
  const quotas = useQuery({ queryKey: keys.quotas, queryFn: ({ signal }) => api.call("GET /api/quotas", { signal }) });
  return (
    <div className="stack">
      <Panel>
        <Empty icon="cluster" title={t("clusters.emptyTitle")}>
          <p>{t("clusters.emptyWhat")}</p>
          <p className="quiet">{t("clusters.emptyHow")}</p>
          {may.change && (
            <Button
              size="md"
              renderRoot={(props) => <Link to="/clusters/new" {...props} />}
              leftSection={<Icon name="plus" size={16} />}
            >
              {t("clusters.createFirst")}
            </Button>
          )}
        </Empty>
      </Panel>
      {quotas.data !== undefined && (
        <Panel title={t("clusters.roomFor")}>
          <QuotaMeters quotas={quotas.data.quotas} only={["clusters", "instances", "cores", "ram", "volumes", "floatingIps"]} />
        </Panel>
      )}
    </div>
  );
};
