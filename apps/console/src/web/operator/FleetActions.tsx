import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FleetItem } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { Problem } from "../parts/Problem.tsx";

/** What an operator does to a tenant's cluster: holds it still, and tells its people why. Both are seen on the cluster's own page. */
export const FleetActions = ({ cluster }: { readonly cluster: FleetItem }) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const [text, setText] = useState(cluster.banner ?? "");
  const params = { id: cluster.id };
  const pause = useMutation({
    mutationFn: (paused: boolean) => api.call("POST /api/operator/clusters/:id/pause", { params, body: { paused } }),
  });
  const tell = useMutation({
    mutationFn: () => api.call("POST /api/operator/clusters/:id/banner", { params, body: { text } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell.mutate();
  };
  const failed = pause.error ?? tell.error;
  return (
    <>
      <form className="row fleet-actions" onSubmit={submit}>
        <Button size="xs" variant="default" loading={pause.isPending} onClick={() => pause.mutate(!cluster.paused)}>
          {t(cluster.paused ? "operator.resume" : "operator.pause")}
        </Button>
        <TextInput
          size="xs"
          aria-label={t("operator.message")}
          placeholder={t("operator.message")}
          maxLength={1000}
          value={text}
          onChange={({ currentTarget: { value } }) => setText(value)}
        />
        <Button size="xs" variant="default" type="submit" loading={tell.isPending} disabled={text === (cluster.banner ?? "")}>
          {t("operator.tell")}
        </Button>
      </form>
      <p className="quiet small">{t("operator.pauseHelp")}</p>
      {failed !== null && <Problem error={failed} />}
    </>
  );
};
