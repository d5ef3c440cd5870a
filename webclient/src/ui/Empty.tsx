import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";

/** What stands where there is nothing yet, and what to do about it. */
export function Empty({ icon, title, text, children }: { icon: IconName; title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}
