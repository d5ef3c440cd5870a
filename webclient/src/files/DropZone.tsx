import { useState, type DragEvent, type ReactNode } from "react";
import { useT } from "../i18n/i18n";
import { Icon } from "../ui/icons";

interface Props {
  enabled: boolean;
  onDrop: (files: File[]) => void;
  children: ReactNode;
}

/** A place that files can be dropped on. */
export function DropZone({ enabled, onDrop, children }: Props) {
  const t = useT();
  const [over, setOver] = useState(false);
  const isFiles = (e: DragEvent) => e.dataTransfer.types.includes("Files");
  return (
    <div
      className="drop-zone"
      onDragOver={(e) => {
        if (!isFiles(e)) return;
        e.preventDefault();
        e.dataTransfer.dropEffect = enabled ? "copy" : "none";
        setOver(enabled);
      }}
      onDragLeave={(e) => !e.currentTarget.contains(e.relatedTarget as Node) && setOver(false)}
      onDrop={(e) => {
        if (!isFiles(e)) return;
        e.preventDefault();
        setOver(false);
        if (enabled) onDrop([...e.dataTransfer.files]);
      }}
    >
      {children}
      {over && (
        <div className="drop-hint">
          <Icon name="clip" />
          {t("dropHere")}
        </div>
      )}
    </div>
  );
}
