import type { ReactNode } from "react";
import "./parts.css";

interface PanelProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** No padding around the content: a table goes to the edges. */
  readonly flush?: boolean;
  readonly label?: string;
}

export const Panel = ({ title, actions, children, flush = false, label }: PanelProps) => (
  <section className={flush ? "panel flush" : "panel"} aria-label={label}>
    {(title !== undefined || actions !== undefined) && (
      <div className="panel-head">
        <h2>{title}</h2>
        {actions !== undefined && <div className="panel-actions">{actions}</div>}
      </div>
    )}
    <div className="panel-body">{children}</div>
  </section>
);

interface PageHeadProps {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
}

/** The one level-one heading of a page. */
export const PageHead = ({ title, lead, actions }: PageHeadProps) => (
  <div className="page-head">
    <div>
      <h1>{title}</h1>
      {lead !== undefined && <p className="quiet">{lead}</p>}
    </div>
    {actions !== undefined && <div className="page-actions">{actions}</div>}
  </div>
);
