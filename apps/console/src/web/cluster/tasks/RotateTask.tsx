import { Button, Checkbox } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../../app/services.tsx";
import { keys } from "../../live/apply.ts";
import { Note } from "../../parts/Note.tsx";
import { Problem } from "../../parts/Problem.tsx";
import type { TaskProps } from "./TaskDialog.tsx";

interface RotateTaskProps extends TaskProps {
  readonly task: "rotateCa" | "rotateCredential";
}

/** New certificates, or a new credential in the cloud: what that means, and a tick before it is done. */
export const RotateTask = ({ cluster, task, onClose }: RotateTaskProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const [sure, setSure] = useState(false);
  const send = useMutation({
    mutationFn: () =>
      task === "rotateCa"
        ? api.call("POST /api/clusters/:id/certificates/rotate", { params: { id: cluster.id } })
        : api.call("POST /api/clusters/:id/credential/rotate", { params: { id: cluster.id } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.certificates(cluster.id) });
      void cache.invalidateQueries({ queryKey: keys.cluster(cluster.id) });
      onClose();
    },
  });
  return (
    <>
      <Note tone="warn" title={t(`rotate.${task}.what`)}>
        <p>{t(`rotate.${task}.effect`)}</p>
      </Note>
      {task === "rotateCa" && (
        <ul className="effects">
          <li>{t("rotate.rotateCa.nodes", { masters: cluster.controlPlane.desired, workers: cluster.workers.desired })}</li>
          <li>{t("rotate.rotateCa.api")}</li>
          <li>{t("rotate.rotateCa.everyone")}</li>
          <li>{t("rotate.rotateCa.tokens")}</li>
          <li>{t("rotate.rotateCa.noWayBack")}</li>
        </ul>
      )}
      <Checkbox label={t("rotate.sure")} checked={sure} onChange={({ currentTarget: { checked } }) => setSure(checked)} />
      {send.isError && <Problem error={send.error} />}
      <div className="row dialog-actions">
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button disabled={!sure} loading={send.isPending} onClick={() => send.mutate()}>
          {t(`task.${task}`)}
        </Button>
      </div>
    </>
  );
};
