import { Loader } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "./Problem.tsx";

export const Loading = () => {
  const { t } = useTranslation();
  return (
    <div className="loading" role="status">
      <Loader size="sm" type="dots" />
      <span>{t("state.loading")}</span>
    </div>
  );
};

interface LoadedProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}

/** What a query has: its data, even old; else its error; else that it is on its way. */
export const Loaded = <T,>({ query, children }: LoadedProps<T>) => {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <Problem error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading />;
};
