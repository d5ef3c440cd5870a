import { useEffect, useRef } from "react";
import { useI18n } from "../i18n/i18n";
import { bytes } from "../i18n/time";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import { isPicture } from "./state";
import type { Upload } from "./uploads";

/** A picture that is about to be posted, drawn by hand: the content policy allows no address for it. */
function Preview({ source }: { source: File }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    void createImageBitmap(source, { resizeHeight: 96, resizeQuality: "medium" })
      .then((b) => {
        const c = ref.current;
        if (gone || !c) return;
        c.width = b.width;
        c.height = b.height;
        c.getContext("2d")?.drawImage(b, 0, 0);
      })
      .catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [source]);
  return <canvas ref={ref} className="preview" width={48} height={48} aria-hidden="true" />;
}

export function UploadTray({ uploads }: { uploads: readonly Upload[] }) {
  const i = useI18n();
  if (uploads.length === 0) return null;
  return (
    <ul className="tray" aria-label={i.t("attachments")}>
      {uploads.map((u) => (
        <li key={u.key} className={u.state}>
          {isPicture(u.source.type) ? <Preview source={u.source} /> : <Icon name="files" />}
          <span className="file-name">
            <bdi>{u.name}</bdi>
          </span>
          <span className="file-note">
            {u.state === "failed" ? u.trouble || i.t("uploadFailed") : u.state === "done" ? bytes(i, u.size) : i.t("uploadOf", { sent: bytes(i, u.sent), size: bytes(i, u.size) })}
          </span>
          {u.state === "uploading" && <progress max={u.size} value={u.sent} aria-label={u.name} />}
          <IconButton icon="close" label={i.t(u.state === "uploading" ? "cancelUpload" : "removeFile", { name: u.name })} onClick={u.stop} />
        </li>
      ))}
    </ul>
  );
}
