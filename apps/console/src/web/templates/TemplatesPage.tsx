import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Template } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { useClusters } from "../clusters/useClusters.ts";
import { keys } from "../live/apply.ts";
import { useFollow } from "../live/useFollow.ts";
import { Badge } from "../parts/Badge.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { DialogActions } from "../parts/DialogActions.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Facts } from "../parts/Facts.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { Problem } from "../parts/Problem.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { useSession } from "../session/session.ts";
import { NewTemplate } from "./NewTemplate.tsx";

export const TemplatesPage = () => {
  const { t } = useTranslation();
  const { api } = useServices();
  const { may } = useSession();
  usePageTitle(t("nav.templates"));
  useFollow(undefined);
  const [making, setMaking] = useState(false);
  const templates = useQuery({ queryKey: keys.templates, queryFn: ({ signal }) => api.call("GET /api/templates", { signal }) });
  return (
    <>
      <PageHead
        title={t("nav.templates")}
        lead={t("templates.lead")}
        actions={
          may.change && (
            <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
              {t("templates.create")}
            </Button>
          )
        }
      />
      <Loaded query={templates}>
        {({ templates: list }) =>
          list.length === 0 ? (
            <Panel>
              <Empty icon="template" title={t("create.noTemplates")}>
                <p className="quiet">{t("create.noTemplatesHelp")}</p>
              </Empty>
            </Panel>
          ) : (
            <div className="stack">
              {list.map((template) => (
                <TemplateView key={template.id} template={template} />
              ))}
            </div>
          )
        }
      </Loaded>
      {making && <NewTemplate onClose={() => setMaking(false)} />}
    </>
  );
};

const TemplateView = ({ template }: { readonly template: Template }) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const { may } = useSession();
  const cache = useQueryClient();
  const clusters = useClusters();
  const [deleting, setDeleting] = useState(false);
  const refresh = () => void cache.invalidateQueries({ queryKey: keys.templates });
  const change = useMutation({
    mutationFn: (body: { readonly hidden?: boolean; readonly public?: boolean }) =>
      api.call("PATCH /api/templates/:id", { params: { id: template.id }, body }),
    onSuccess: refresh,
  });
  const users = template.usedBy.map((id) => ({ id, name: clusters.data?.clusters.get(id)?.name ?? id }));
  const mine = template.own || may.administer;
  return (
    <Panel
      title={
        <span className="row">
          {template.name}
          {template.version !== null && <Badge tone="quiet">Kubernetes {template.version}</Badge>}
          {template.public && <Badge tone="busy">{t("templates.public")}</Badge>}
          {template.hidden && <Badge tone="quiet">{t("templates.hidden")}</Badge>}
          {template.deprecated && (
            <Badge tone="warn" icon="warning">
              {t("templates.deprecated")}
            </Badge>
          )}
        </span>
      }
      actions={
        <>
          {may.administer && (
            <Button
              size="xs"
              variant="default"
              loading={change.isPending}
              onClick={() => change.mutate({ hidden: !template.hidden })}
              aria-label={t(template.hidden ? "templates.showNamed" : "templates.hideNamed", { name: template.name })}
            >
              {t(template.hidden ? "templates.show" : "templates.hide")}
            </Button>
          )}
          {mine && may.change && (
            <Button
              size="xs"
              variant="default"
              disabled={users.length > 0}
              title={users.length > 0 ? t("templates.inUse") : undefined}
              onClick={() => setDeleting(true)}
              aria-label={t("templates.deleteNamed", { name: template.name })}
            >
              {t("action.delete")}
            </Button>
          )}
        </>
      }
    >
      <div className="stack">
        {template.description !== null && template.description !== "" && <p>{template.description}</p>}
        {change.isError && <Problem error={change.error} />}
        <div className="columns">
          <Facts
            facts={[
              { name: t("create.masterFlavor"), value: template.masterFlavor },
              { name: t("create.flavor"), value: template.flavor },
              { name: t("templates.image"), value: <code>{template.imageId}</code> },
              { name: t("templates.externalNetwork"), value: template.externalNetwork },
            ]}
          />
          <Facts
            facts={[
              { name: t("detail.networkDriver"), value: template.networkDriver },
              { name: t("create.loadBalancer"), value: t(template.masterLbEnabled ? "create.on" : "create.off") },
              { name: t("create.floatingIp"), value: t(template.floatingIpEnabled ? "create.on" : "create.off") },
              {
                name: t("templates.usedBy"),
                value:
                  users.length === 0
                    ? t("create.none")
                    : users.map(({ id, name }, at) => (
                        <span key={id}>
                          {at > 0 && ", "}
                          <Link to="/clusters/$id" params={{ id }}>
                            {name}
                          </Link>
                        </span>
                      )),
              },
            ]}
          />
        </div>
        {Object.keys(template.labels).length > 0 && (
          <details>
            <summary>{t("detail.labels")}</summary>
            <Facts facts={Object.entries(template.labels).map(([name, value]) => ({ name, value: <code>{value}</code> }))} />
          </details>
        )}
      </div>
      {deleting && <DeleteTemplate template={template} onClose={() => setDeleting(false)} onDone={refresh} />}
    </Panel>
  );
};

interface DeleteTemplateProps {
  readonly template: Template;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const DeleteTemplate = ({ template, onClose, onDone }: DeleteTemplateProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const remove = useMutation({
    mutationFn: () => api.call("DELETE /api/templates/:id", { params: { id: template.id } }),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  return (
    <Dialog title={t("templates.deleteTitle", { name: template.name })} onClose={onClose} size="md">
      <p>{t("templates.deleteEffect")}</p>
      <DialogActions work={remove} label={t("action.delete")} onCancel={onClose} danger onPress={() => remove.mutate()} />
    </Dialog>
  );
};
