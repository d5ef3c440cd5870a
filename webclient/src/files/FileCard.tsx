import { useState } from "react";
import type { File } from "../api/types";
import { useI18n } from "../i18n/i18n";
import { bytes } from "../i18n/time";
import { inert } from "../history/parse";
import { Icon } from "../ui/icons";
import { contentPath, isPicture, useFile } from "./state";

/** A file of a message: to be had when it is clean, and otherwise why not. Pictures have a box of a fixed size, so that nothing moves when they come. */
export function FileCard({ file }: { file: File }) {
  const i = useI18n();
  const f = useFile(file);
  const [broken, setBroken] = useState(false);
  const clean = f.state === "clean";
  const inside = (
    <>
      {clean && isPicture(f.type) && !broken ? (
        <img src={contentPath(f.id, true)} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      ) : (
        <Icon name={clean ? "files" : f.state === "quarantined" ? "alert" : "clock"} />
      )}
      <span className="file-name">
        <bdi>{inert(f.name)}</bdi>
      </span>
      <span className="file-note">{f.state === "clean" ? bytes(i, f.size) : i.t(`file-${f.state}`) + (f.reason ? `: ${inert(f.reason)}` : "")}</span>
    </>
  );
  const classes = `file ${f.state}${isPicture(f.type) ? " picture" : ""}`;
  if (!clean) return <div className={classes}>{inside}</div>;
  return (
    <a className={classes} href={contentPath(f.id)} download={f.name} title={f.sha256 && `SHA-256 ${f.sha256}`}>
      {inside}
    </a>
  );
}
