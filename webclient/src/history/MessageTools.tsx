import { base } from "../api/call";
import type { Message } from "../api/types";
import { useT } from "../i18n/i18n";
import { roomPath } from "../shell/route";
import { announce } from "../ui/announce";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/icons";
import { plain } from "./parse";

/** What one can do with a message. */
export function MessageTools({ message: m, sealed }: { message: Message; sealed: boolean }) {
  const t = useT();
  const copy = (text: string) => void navigator.clipboard?.writeText(text).then(() => announce(t("copied")));
  const proof = t("proof");
  return (
    <div className="tools" role="toolbar" aria-label={t("messageTools")}>
      <IconButton icon="link" label={t("copyLink")} onClick={() => copy(location.origin + roomPath(m.room, m.id))} />
      <IconButton icon="copy" label={t("copyText")} onClick={() => copy(plain(m.text))} />
      {sealed && (
        <a className="icon-button" href={`${base}/rooms/${m.room}/messages/${m.id}/proof`} download={`proof-${m.room}-${m.id}.txt`} aria-label={proof} title={proof}>
          <Icon name="sealed" />
        </a>
      )}
    </div>
  );
}
