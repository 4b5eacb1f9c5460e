import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { OperatorItems, OperatorList } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { keys } from "../live/apply.ts";
import { type KnownList, knownList } from "../live/lists.ts";
import { useFollow } from "../live/useFollow.ts";
import { Empty } from "../parts/Empty.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { useSession } from "../session/session.ts";

/** One of the lists of every project: read once, then kept by the stream. */
export const useOperatorList = (list: OperatorList) => {
  const { api } = useServices();
  return useQuery<KnownList>({
    queryKey: keys.list(list),
    queryFn: async ({ signal }) => {
      const { items, about } = await api.call("GET /api/operator/lists/:list", { params: { list }, signal });
      return knownList(items, about);
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Another page of operators' is followed meanwhile: what was known of this one ages.
    gcTime: 0,
    structuralSharing: false,
  });
};

export const itemsOf = <List extends OperatorList>({ items }: KnownList): readonly OperatorItems[List][] =>
  [...items.values()] as readonly unknown[] as readonly OperatorItems[List][];

/** What projects are called, asked again when there is one that was not there before. */
export const useProjectNames = (ids: readonly string[]): ((id: string) => string | undefined) => {
  const { api } = useServices();
  const wanted = [...new Set(ids)].toSorted();
  const names = useQuery({
    queryKey: ["operator", "names", wanted.join()],
    queryFn: ({ signal }) => api.call("GET /api/operator/names", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (before) => before,
    enabled: wanted.length > 0,
  });
  return (id) => names.data?.names[id];
};

interface ForOperatorsProps {
  readonly title: string;
  readonly list: OperatorList;
  readonly children: ReactNode;
}

/** The server refuses others anyway; this only says it kindly. */
export const ForOperators = ({ title, list, children }: ForOperatorsProps) => {
  const { t } = useTranslation();
  const { may } = useSession();
  usePageTitle(title);
  useFollow(undefined, may.administer ? list : undefined);
  if (may.administer) return <>{children}</>;
  return (
    <Empty alone icon="shield" title={t("operator.forbidden")}>
      <p className="quiet">{t("blocked.role", { role: "admin" })}</p>
    </Empty>
  );
};
