import { Button, Checkbox, Select, Tabs, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApplicationCredential, CreatedApplicationCredential } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { saveFile } from "../cluster/tasks/saveFile.ts";
import { useClusters } from "../clusters/useClusters.ts";
import { useFollow } from "../live/useFollow.ts";
import { Moment } from "../parts/Ago.tsx";
import { Badge } from "../parts/Badge.tsx";
import { CodeBlock } from "../parts/Copy.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { DialogActions } from "../parts/DialogActions.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";

const credentialsKey = ["credentials"] as const;

/** Application credentials: how Terraform and pipelines sign in without anybody's password. */
export const CredentialsPage = () => {
  const { t } = useTranslation();
  const { api } = useServices();
  usePageTitle(t("nav.credentials"));
  useFollow(undefined);
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<ApplicationCredential>();
  const credentials = useQuery({
    queryKey: credentialsKey,
    queryFn: ({ signal }) => api.call("GET /api/credentials", { signal }),
  });
  const clusters = useClusters();
  return (
    <>
      <PageHead
        title={t("nav.credentials")}
        lead={t("credentials.lead")}
        actions={
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
            {t("credentials.create")}
          </Button>
        }
      />
      <Loaded query={credentials}>
        {({ credentials: list }) => (
          <Panel flush>
            {list.length === 0 ? (
              <Empty icon="key" title={t("credentials.none")}>
                <p className="quiet">{t("credentials.noneHelp")}</p>
              </Empty>
            ) : (
              <table className="plain-table cards">
                <thead>
                  <tr>
                    <th scope="col">{t("group.name")}</th>
                    <th scope="col">{t("credentials.roles")}</th>
                    <th scope="col">{t("credentials.expires")}</th>
                    <th scope="col">{t("credentials.usedBy")}</th>
                    <th scope="col">
                      <span className="hidden-text">{t("clusters.actions")}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {list.map((credential) => (
                    <tr key={credential.id}>
                      <td data-column={t("group.name")}>
                        <span>
                          <strong>{credential.name}</strong>{" "}
                          {credential.unrestricted && <Badge tone="warn">{t("credentials.unrestricted")}</Badge>}
                          <span className="waiting quiet small">{credential.description}</span>
                          <span className="waiting quiet small machine">{credential.id}</span>
                        </span>
                      </td>
                      <td data-column={t("credentials.roles")}>{credential.roles.join(", ")}</td>
                      <td data-column={t("credentials.expires")}>
                        {credential.expiresAt === null ? t("credentials.never") : <Moment at={credential.expiresAt} />}
                      </td>
                      <td data-column={t("credentials.usedBy")}>
                        {credential.clusterId === null
                          ? "–"
                          : t("credentials.ofCluster", {
                              name: clusters.data?.clusters.get(credential.clusterId)?.name ?? credential.clusterId,
                            })}
                      </td>
                      <td className="actions-cell">
                        <Button
                          size="compact-sm"
                          variant="default"
                          onClick={() => setDeleting(credential)}
                          aria-label={t("credentials.deleteNamed", { name: credential.name })}
                        >
                          {t("action.delete")}
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Panel>
        )}
      </Loaded>
      {making && <NewCredential onClose={() => setMaking(false)} />}
      {deleting !== undefined && <DeleteCredential credential={deleting} onClose={() => setDeleting(undefined)} />}
    </>
  );
};

const days = ["7", "30", "90", "365", "never"] as const;

const NewCredential = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const [name, setName] = useState("");
  const [expires, setExpires] = useState<(typeof days)[number]>("90");
  const [unrestricted, setUnrestricted] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      api.call("POST /api/credentials", {
        body: {
          name,
          ...(expires === "never" ? {} : { expiresAt: new Date(Date.now() + Number(expires) * 86_400_000).toISOString() }),
          ...(unrestricted ? { unrestricted } : {}),
        },
      }),
    onSuccess: () => void cache.invalidateQueries({ queryKey: credentialsKey }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name !== "") make.mutate();
  };
  if (make.data !== undefined) return <Created credential={make.data} onClose={onClose} />;
  return (
    <Dialog title={t("credentials.create")} onClose={onClose} size="md">
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={t("group.name")}
          required
          maxLength={255}
          data-autofocus
          value={name}
          onChange={({ currentTarget: { value } }) => setName(value)}
        />
        <Select
          label={t("credentials.expires")}
          allowDeselect={false}
          data={days.map((value) => ({
            value,
            label: value === "never" ? t("credentials.never") : t("credentials.inDays", { count: Number(value) }),
          }))}
          value={expires}
          onChange={(value) => setExpires((value ?? "90") as typeof expires)}
        />
        <Checkbox
          label={t("credentials.makeUnrestricted")}
          description={t("credentials.unrestrictedHelp")}
          checked={unrestricted}
          onChange={({ currentTarget: { checked } }) => setUnrestricted(checked)}
        />
        <DialogActions work={make} label={t("credentials.create")} onCancel={onClose} />
      </form>
    </Dialog>
  );
};

const files = [
  { key: "cloudsYaml", name: "clouds.yaml" },
  { key: "openrc", name: "openrc.sh" },
  { key: "terraform", name: "provider.tf" },
] as const;

/** The secret, this once, in the forms that tools read. */
const Created = ({
  credential,
  onClose,
}: {
  readonly credential: CreatedApplicationCredential;
  readonly onClose: () => void;
}) => {
  const { t } = useTranslation();
  return (
    <Dialog title={t("credentials.created", { name: credential.name })} onClose={onClose} insistent>
      <Note tone="warn" title={t("credentials.once")} />
      <Tabs defaultValue={files[0].key}>
        <Tabs.List aria-label={t("credentials.files")}>
          {files.map(({ key, name }) => (
            <Tabs.Tab key={key} value={key}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {files.map(({ key, name }) => (
          <Tabs.Panel key={key} value={key} className="tab-panel">
            <div className="stack">
              <CodeBlock text={credential.snippets[key]} label={name} />
              <div>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<Icon name="download" size={14} />}
                  onClick={() => saveFile(name, credential.snippets[key])}
                >
                  {t("credentials.download", { name })}
                </Button>
              </div>
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
      <div className="row dialog-actions">
        <Button onClick={onClose}>{t("credentials.saved")}</Button>
      </div>
    </Dialog>
  );
};

interface DeleteCredentialProps {
  readonly credential: ApplicationCredential;
  readonly onClose: () => void;
}

const DeleteCredential = ({ credential, onClose }: DeleteCredentialProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.call("DELETE /api/credentials/:id", { params: { id: credential.id } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: credentialsKey });
      onClose();
    },
  });
  return (
    <Dialog title={t("credentials.deleteTitle", { name: credential.name })} onClose={onClose} size="md">
      <Note tone={credential.clusterId === null ? "warn" : "bad"} title={t("credentials.deleteEffect")}>
        {credential.clusterId !== null && <p>{t("credentials.deleteCluster")}</p>}
      </Note>
      <DialogActions work={remove} label={t("action.delete")} onCancel={onClose} danger onPress={() => remove.mutate()} />
    </Dialog>
  );
};
