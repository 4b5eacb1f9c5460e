import type { ReactNode } from "react";
import type { Tone } from "./Badge.tsx";
import { Icon, type IconName } from "./Icon.tsx";

const icons: { readonly [T in Tone]: IconName } = { good: "check", busy: "info", warn: "warning", bad: "cross", quiet: "info" };

interface NoteProps {
  readonly tone: Tone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  /** Read out when it appears. */
  readonly alert?: boolean;
}

export const Note = ({ tone, title, children, alert = false }: NoteProps) => (
  <div className="note" data-tone={tone} role={alert ? "alert" : undefined}>
    <Icon name={icons[tone]} />
    <div>
      {title !== undefined && <p className="note-title">{title}</p>}
      {children}
    </div>
  </div>
);
