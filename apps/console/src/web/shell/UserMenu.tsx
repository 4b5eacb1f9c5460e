import { ActionIcon, Button, Menu } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../app/services.tsx";
import { Icon } from "../parts/Icon.tsx";
import { sessionKey, useSession } from "../session/session.ts";
import { useSignOut } from "../session/useSignOut.ts";

export const UserMenu = () => {
  const { t } = useTranslation();
  const session = useSession();
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("shell.account", { user: session.user.name })}>
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.user.name} · {session.user.domain}
        </Menu.Label>
        <Menu.Label>{t("shell.roles", { roles: session.roles.join(", ") })}</Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="exit" size={16} />} onClick={() => signOut.mutate()}>
          {t("session.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};

/** The project that everything on the pages belongs to, and the others one could be in. */
export const ProjectMenu = () => {
  const { t } = useTranslation();
  const session = useSession();
  const { api, live } = useServices();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const projects = useQuery({
    queryKey: ["projects"],
    queryFn: ({ signal }) => api.call("GET /api/session/projects", { signal }),
    enabled: opened,
  });
  const choose = useMutation({
    mutationFn: (projectId: string) => api.call("POST /api/session/project", { body: { projectId } }),
    onSuccess: async (renewed) => {
      live.stop();
      cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
      cache.setQueryData(sessionKey, renewed);
      await navigate({ to: "/clusters" });
    },
  });
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="project-button"
          loading={choose.isPending}
          rightSection={<Icon name="down" size={14} />}
          aria-label={t("shell.project", { project: session.project?.name ?? t("shell.noProject") })}
        >
          {session.project?.name ?? t("shell.noProject")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("shell.chooseProject")}</Menu.Label>
        {(projects.data?.projects ?? []).map(({ id, name, domainName }) => (
          <Menu.Item
            key={id}
            onClick={() => choose.mutate(id)}
            rightSection={id === session.project?.id ? <Icon name="check" size={14} /> : undefined}
          >
            {name} <span className="quiet small">{domainName}</span>
          </Menu.Item>
        ))}
        {projects.isPending && <Menu.Item disabled>{t("state.loading")}</Menu.Item>}
        {projects.isError && <Menu.Item disabled>{t("shell.projectsUnknown")}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
};
