import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../app/services.tsx";
import { useFollow } from "../live/useFollow.ts";
import { Empty } from "../parts/Empty.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { useSession } from "../session/session.ts";

/** Operators' pages look again this often: the stream carries one project only. */
const everyMilliseconds = 10_000;

type OperatorDoor =
  | "GET /api/operator/fleet"
  | "GET /api/operator/alerts"
  | "GET /api/operator/projects"
  | "GET /api/operator/orphans";

export const useOperator = <D extends OperatorDoor>(door: D) => {
  const { api } = useServices();
  return useQuery({
    queryKey: ["operator", door],
    queryFn: ({ signal }) => api.call<OperatorDoor>(door, { signal } as never) as ReturnType<typeof api.call<D>>,
    refetchInterval: everyMilliseconds,
  });
};

interface ForOperatorsProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** The server refuses others anyway; this only says it kindly. */
export const ForOperators = ({ title, children }: ForOperatorsProps) => {
  const { t } = useTranslation();
  const { may } = useSession();
  usePageTitle(title);
  useFollow(undefined);
  if (may.administer) return <>{children}</>;
  return (
    <Empty alone icon="shield" title={t("operator.forbidden")}>
      <p className="quiet">{t("blocked.role", { role: "admin" })}</p>
    </Empty>
  );
};
