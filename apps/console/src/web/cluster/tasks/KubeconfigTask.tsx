import { Button, Radio } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../../app/services.tsx";
import { Moment } from "../../parts/Ago.tsx";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Icon } from "../../parts/Icon.tsx";
import { Note } from "../../parts/Note.tsx";
import { Problem } from "../../parts/Problem.tsx";
import { isSigning } from "../CaRotation.tsx";
import { saveFile } from "./saveFile.ts";
import type { TaskProps } from "./TaskDialog.tsx";

export const KubeconfigTask = ({ cluster, onClose }: TaskProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const [form, setForm] = useState<"certificate" | "exec">("certificate");
  const make = useMutation({
    mutationFn: () => api.call("POST /api/clusters/:id/kubeconfig", { params: { id: cluster.id }, body: { form } }),
    onSuccess: ({ filename, yaml }) => saveFile(filename, yaml, "application/yaml"),
  });
  return (
    <>
      <Radio.Group label={t("kubeconfig.form")} value={form} onChange={(value) => setForm(value as typeof form)}>
        <div className="stack radio-stack">
          <Radio value="certificate" label={t("kubeconfig.certificate")} description={t("kubeconfig.certificateHelp")} />
          <Radio value="exec" label={t("kubeconfig.exec")} description={t("kubeconfig.execHelp")} />
        </div>
      </Radio.Group>
      {form === "certificate" && (
        <Note tone="warn" title={t("kubeconfig.warning")}>
          <p>{t("kubeconfig.warningMore")}</p>
        </Note>
      )}
      {cluster.caRotation !== undefined && cluster.caRotation.state !== "done" && !isSigning(cluster.caRotation) && (
        <Note tone="warn" title={t("rotation.title")}>
          <p>{t("rotation.downloadLater")}</p>
        </Note>
      )}
      {make.isError && <Problem error={make.error} />}
      {make.data !== undefined && (
        <Note tone="good" title={t("kubeconfig.saved", { name: make.data.filename })}>
          {make.data.certificateExpiresAt !== null && (
            <p>
              {t("access.notAfter")}: <Moment at={make.data.certificateExpiresAt} />
            </p>
          )}
          <CodeBlock text={`export KUBECONFIG=$PWD/${make.data.filename}\nkubectl get nodes`} label={t("kubeconfig.use")} />
        </Note>
      )}
      <div className="row dialog-actions">
        <Button variant="default" onClick={onClose}>
          {t("action.close")}
        </Button>
        <Button leftSection={<Icon name="download" size={16} />} loading={make.isPending} onClick={() => make.mutate()}>
          {t("kubeconfig.download")}
        </Button>
      </div>
    </>
  );
};
