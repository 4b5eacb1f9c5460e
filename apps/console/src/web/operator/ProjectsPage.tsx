import { Button, NumberInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProjectItem } from "../../contract/index.ts";
import { useServices } from "../app/services.tsx";
import { Badge } from "../parts/Badge.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { DialogActions } from "../parts/DialogActions.tsx";
import { Empty } from "../parts/Empty.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { PageHead, Panel } from "../parts/Panel.tsx";
import { number } from "../parts/time.ts";
import { ForOperators, itemsOf, useOperatorList, useProjectNames } from "./useOperator.tsx";

export const ProjectsPage = () => {
  const { t } = useTranslation();
  return (
    <ForOperators title={t("nav.projects")} list="projects">
      <PageHead title={t("nav.projects")} lead={t("operator.projectsLead")} />
      <Projects />
    </ForOperators>
  );
};

const Projects = () => {
  const { t, i18n } = useTranslation();
  const projects = useOperatorList("projects");
  const known = projects.data === undefined ? [] : itemsOf<"projects">(projects.data);
  const nameOf = useProjectNames(known.map(({ id }) => id));
  const list = known
    .map((project) => ({ ...project, name: nameOf(project.id) ?? project.name }))
    .toSorted((a, b) => b.clusters - a.clusters || (a.name ?? a.id).localeCompare(b.name ?? b.id));
  const defaultClusterLimit = projects.data?.about.defaultClusterLimit ?? 0;
  const [changing, setChanging] = useState<ProjectItem>();
  return (
    <Loaded query={projects}>
      {() => (
        <Panel flush label={t("nav.projects")}>
          {list.length === 0 ? (
            <Empty icon="building" title={t("operator.noProjects")} />
          ) : (
            <table className="plain-table cards">
              <thead>
                <tr>
                  <th scope="col">{t("operator.project")}</th>
                  <th scope="col">{t("operator.totals.clusters")}</th>
                  <th scope="col">{t("detail.nodes")}</th>
                  <th scope="col">{t("operator.totals.failed")}</th>
                  <th scope="col">{t("operator.limit")}</th>
                  <th scope="col">
                    <span className="hidden-text">{t("clusters.actions")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.map((project) => (
                  <tr key={project.id}>
                    <td data-column={t("operator.project")}>
                      <span>
                        <strong>{project.name ?? "–"}</strong>
                        <span className="waiting quiet small machine">{project.id}</span>
                      </span>
                    </td>
                    <td data-column={t("operator.totals.clusters")} className="number">
                      {number(project.clusters, i18n.language)}
                    </td>
                    <td data-column={t("detail.nodes")} className="number">
                      {number(project.nodes, i18n.language)}
                    </td>
                    <td data-column={t("operator.totals.failed")}>
                      {project.failed === 0 ? "0" : <Badge tone="bad">{number(project.failed, i18n.language)}</Badge>}
                    </td>
                    <td data-column={t("operator.limit")} className="number">
                      {project.clusterLimit < 0
                        ? t("operator.defaultLimit", { limit: defaultClusterLimit })
                        : number(project.clusterLimit, i18n.language)}
                    </td>
                    <td className="actions-cell">
                      <Button
                        size="compact-sm"
                        variant="default"
                        onClick={() => setChanging(project)}
                        aria-label={t("operator.changeLimitOf", { name: project.name ?? project.id })}
                      >
                        {t("operator.changeLimit")}
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {changing !== undefined && (
            <ChangeLimit project={changing} standard={defaultClusterLimit} onClose={() => setChanging(undefined)} />
          )}
        </Panel>
      )}
    </Loaded>
  );
};

interface ChangeLimitProps {
  readonly project: ProjectItem;
  readonly standard: number;
  readonly onClose: () => void;
}

const ChangeLimit = ({ project, standard, onClose }: ChangeLimitProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const [limit, setLimit] = useState<number>(project.clusterLimit < 0 ? standard : project.clusterLimit);
  const change = useMutation({
    mutationFn: () =>
      api.call("PUT /api/operator/projects/:id/quota", { params: { id: project.id }, body: { hardLimit: limit } }),
    onSuccess: onClose,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog title={t("operator.changeLimitOf", { name: project.name ?? project.id })} onClose={onClose} size="md">
      <form className="stack" onSubmit={submit}>
        <NumberInput
          label={t("operator.limit")}
          min={0}
          allowDecimal={false}
          hideControls
          data-autofocus
          value={limit}
          onChange={(value) => setLimit(typeof value === "number" ? value : 0)}
        />
        <DialogActions work={change} label={t("action.save")} onCancel={onClose} />
      </form>
    </Dialog>
  );
};
