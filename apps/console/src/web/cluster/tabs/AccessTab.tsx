import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ClusterDetail } from "../../../contract/index.ts";
import { useServices } from "../../app/services.tsx";
import { keys } from "../../live/apply.ts";
import { Moment } from "../../parts/Ago.tsx";
import { CodeBlock } from "../../parts/Copy.tsx";
import { Facts } from "../../parts/Facts.tsx";
import { Icon } from "../../parts/Icon.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Note } from "../../parts/Note.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { useSession } from "../../session/session.ts";
import { LastRotation } from "../CaRotation.tsx";
import type { ClusterTask } from "../clustersearch.ts";

interface AccessTabProps {
  readonly cluster: ClusterDetail;
  readonly onTask: (task: ClusterTask) => void;
}

/** How to reach the cluster, and until when its certificates and its credential hold. */
export const AccessTab = ({ cluster, onTask }: AccessTabProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const { links, features } = useSession();
  const { blocked } = cluster;
  const certificates = useQuery({
    // Each stage of a rotation has other certificates to show.
    queryKey: [...keys.certificates(cluster.id), cluster.caRotation?.stages.filter(({ startedAt }) => startedAt !== null).length],
    queryFn: ({ signal }) => api.call("GET /api/clusters/:id/certificates", { params: { id: cluster.id }, signal }),
    enabled: cluster.apiAddress !== null,
  });
  const action = (task: "kubeconfig" | "rotateCa" | "rotateCredential" | "signCertificate") => {
    const because = blocked[task];
    return (
      <Button
        size="xs"
        variant="default"
        disabled={because !== undefined}
        title={because === undefined ? undefined : t(`blocked.${because}`)}
        onClick={() => onTask(task)}
      >
        {t(`task.${task}`)}
      </Button>
    );
  };
  return (
    <div className="stack">
      <Panel title={t("access.kubeconfig")} actions={action("kubeconfig")}>
        <div className="stack">
          <p>{cluster.blocked.kubeconfig === undefined ? t("access.ready") : t("access.notYet")}</p>
          <p className="quiet row">
            <Icon name="shield" size={16} />
            <span>{t("access.vpn")}</span>
            {links.vpnGuide !== undefined && /^https?:\/\//.test(links.vpnGuide) && (
              <a href={links.vpnGuide} target="_blank" rel="noreferrer">
                {t("nav.vpnGuide")}
              </a>
            )}
          </p>
          <CodeBlock text={cluster.commands.config} label={t("access.command")} />
        </div>
      </Panel>
      <Panel
        title={t("access.certificates")}
        actions={
          <>
            {action("signCertificate")}
            {features.caRotation && action("rotateCa")}
          </>
        }
      >
        {cluster.apiAddress === null ? (
          <p className="quiet">{t("access.notYet")}</p>
        ) : (
          <Loaded query={certificates}>
            {({ certificates: list, credential }) => (
              <div className="stack">
                <LastRotation rotation={cluster.caRotation} />
                {list.map((certificate) => (
                  <div key={certificate.fingerprint256} className="certificate">
                    <h3>{t(`access.kinds.${certificate.kind}`)}</h3>
                    <Facts
                      facts={[
                        { name: t("access.subject"), value: <code>{certificate.subject}</code> },
                        { name: t("access.issuer"), value: <code>{certificate.issuer}</code> },
                        { name: t("access.notBefore"), value: <Moment at={certificate.notBefore} /> },
                        { name: t("access.notAfter"), value: <Moment at={certificate.notAfter} /> },
                        { name: t("access.fingerprint"), value: <code>{certificate.fingerprint256}</code> },
                      ]}
                    />
                    {certificate.pem !== null && (
                      <details>
                        <summary>{t("access.pem")}</summary>
                        <CodeBlock text={certificate.pem} label={t(`access.kinds.${certificate.kind}`)} />
                      </details>
                    )}
                  </div>
                ))}
                <Note tone="quiet" title={t("access.credential")}>
                  {credential === null ? (
                    <p>{t("access.credentialUnknown")}</p>
                  ) : (
                    <p>
                      <code>{credential.id}</code>{" "}
                      {credential.expiresAt === null ? (
                        t("credentials.never")
                      ) : (
                        <>
                          {t("credentials.expires")} <Moment at={credential.expiresAt} />
                        </>
                      )}
                    </p>
                  )}
                  {features.credentialRotation && action("rotateCredential")}
                </Note>
              </div>
            )}
          </Loaded>
        )}
      </Panel>
    </div>
  );
};
