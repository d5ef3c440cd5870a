import { useState } from "react";
import { useT } from "../i18n/i18n";
import { IconButton } from "./Button";

interface Props {
  label: string;
  hint: string;
  values: readonly string[];
  onChange: (v: string[]) => void;
}

/** Words, each added by Enter or a comma. */
export function Chips({ label, hint, values, onChange }: Props) {
  const t = useT();
  const [typed, setTyped] = useState("");
  const add = () => {
    const w = typed.trim();
    if (w && !values.includes(w)) onChange([...values, w]);
    setTyped("");
  };
  return (
    <div className="field">
      <label>
        {label}
        <input
          dir="auto"
          value={typed}
          placeholder={hint}
          maxLength={100}
          onBlur={add}
          onChange={(e) => setTyped(e.target.value)}
          onKeyDown={(e) => {
            if (e.key !== "Enter" && e.key !== ",") return;
            if (e.key === "Enter" && !typed.trim()) return;
            e.preventDefault();
            add();
          }}
        />
      </label>
      <div className="chips">
        {values.map((v) => (
          <span key={v} className="chip">
            <bdi>{v}</bdi>
            <IconButton icon="close" label={t("remove", { name: v })} onClick={() => onChange(values.filter((x) => x !== v))} />
          </span>
        ))}
      </div>
    </div>
  );
}
