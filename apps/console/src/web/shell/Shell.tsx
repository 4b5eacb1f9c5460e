import { ActionIcon, Drawer } from "@mantine/core";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { useSession } from "../session/session.ts";
import { ConnectionBanner, ConnectionSign } from "./ConnectionBanner.tsx";
import { LanguageMenu, SchemeButton } from "./Preferences.tsx";
import { ProjectMenu, UserMenu } from "./UserMenu.tsx";
import "./shell.css";

const tenantPages = [
  { to: "/clusters", icon: "cluster", text: "nav.clusters" },
  { to: "/templates", icon: "template", text: "nav.templates" },
  { to: "/quotas", icon: "gauge", text: "nav.quotas" },
  { to: "/credentials", icon: "key", text: "nav.credentials" },
] as const satisfies readonly { to: string; icon: IconName; text: string }[];

const operatorPages = [
  { to: "/operator/fleet", icon: "fleet", text: "nav.fleet" },
  { to: "/operator/alerts", icon: "bell", text: "nav.alerts" },
  { to: "/operator/projects", icon: "building", text: "nav.projects" },
  { to: "/operator/orphans", icon: "broom", text: "nav.orphans" },
] as const satisfies readonly { to: string; icon: IconName; text: string }[];

/** The frame around every page: where to go, who is here, whether what is shown is fresh. */
export const Shell = () => {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when the page has changed
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        {t("shell.skip")}
      </a>
      <header className="shell-header">
        <ActionIcon
          className="shell-burger"
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("shell.menu")}
          onClick={() => setOpen(true)}
        >
          <Icon name="menu" />
        </ActionIcon>
        <Link to="/clusters" className="shell-brand">
          <Icon name="cluster" size={22} />
          <span>Slipway</span>
        </Link>
        <ProjectMenu />
        <div className="shell-tools">
          <ConnectionSign />
          <LanguageMenu />
          <SchemeButton />
          <UserMenu />
        </div>
      </header>
      <div className="shell-side">
        <nav className="shell-pages" aria-label={t("shell.pages")}>
          <Pages />
        </nav>
      </div>
      <Drawer opened={open} onClose={() => setOpen(false)} size="16rem" title="Slipway" transitionProps={{ duration: 0 }}>
        <nav aria-label={t("shell.pages")}>
          <Pages />
        </nav>
      </Drawer>
      <main id="main" className="shell-main" tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </main>
    </div>
  );
};

const Pages = () => {
  const { t } = useTranslation();
  const { may, links } = useSession();
  return (
    <>
      <ul className="nav-list">
        {tenantPages.map(({ to, icon, text }) => (
          <li key={to}>
            <Link to={to} className="nav-link" activeProps={{ "aria-current": "page" }}>
              <Icon name={icon} />
              <span>{t(text)}</span>
            </Link>
          </li>
        ))}
        {links.grafana !== undefined && <OutsideLink href={links.grafana} text={t("nav.observability")} />}
        {links.documentation !== undefined && <OutsideLink href={links.documentation} text={t("nav.documentation")} />}
        {links.vpnGuide !== undefined && <OutsideLink href={links.vpnGuide} text={t("nav.vpnGuide")} />}
      </ul>
      {may.administer && (
        <>
          <h2 className="nav-heading">{t("nav.operators")}</h2>
          <ul className="nav-list">
            {operatorPages.map(({ to, icon, text }) => (
              <li key={to}>
                <Link to={to} className="nav-link" activeProps={{ "aria-current": "page" }}>
                  <Icon name={icon} />
                  <span>{t(text)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
};

/** Only addresses that a browser may open: an operator's setting is no place for script. */
const OutsideLink = ({ href, text }: { readonly href: string; readonly text: string }) =>
  /^https?:\/\//.test(href) ? (
    <li>
      <a className="nav-link" href={href} target="_blank" rel="noreferrer">
        <Icon name="link" />
        <span>{text}</span>
      </a>
    </li>
  ) : null;
