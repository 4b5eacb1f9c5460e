import { Button, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../../app/services.tsx";
import { Moment } from "../../parts/Ago.tsx";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Note } from "../../parts/Note.tsx";
import { Problem } from "../../parts/Problem.tsx";
import type { TaskProps } from "./TaskDialog.tsx";

/** Signs a certificate request with the cluster's authority: the key stays with whoever made it. */
export const SignTask = ({ cluster, onClose }: TaskProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const [csr, setCsr] = useState("");
  const sign = useMutation({
    mutationFn: () => api.call("POST /api/clusters/:id/certificates", { params: { id: cluster.id }, body: { csr } }),
  });
  return (
    <>
      <Textarea
        label={t("sign.csr")}
        description={t("sign.csrHelp")}
        rows={8}
        maxLength={65_536}
        spellCheck={false}
        placeholder="-----BEGIN CERTIFICATE REQUEST-----"
        value={csr}
        onChange={({ currentTarget: { value } }) => setCsr(value)}
      />
      {sign.isError && <Problem error={sign.error} />}
      {sign.data !== undefined && (
        <Note tone="good" title={t("sign.done")}>
          <p>
            {t("access.notAfter")}: <Moment at={sign.data.notAfter} />
          </p>
          <CodeBlock text={sign.data.pem} label={t("access.pem")} />
        </Note>
      )}
      <div className="row dialog-actions">
        <Button variant="default" onClick={onClose}>
          {t("action.close")}
        </Button>
        <Button disabled={csr.trim() === ""} loading={sign.isPending} onClick={() => sign.mutate()}>
          {t("task.signCertificate")}
        </Button>
      </div>
    </>
  );
};
