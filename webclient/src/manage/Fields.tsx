// What of a room can be edited, as fields.
import { useState } from "react";
import { Choice, Text } from "../desk/field";
import { Picker } from "../desk/Picker";
import { useAsked } from "./ask";
import { useWords } from "./catalogue";
import { roleFields, type Edit } from "./edit";
import { choosable, Known } from "./people";

interface Props {
  edit: Edit;
  onChange: (e: Edit) => void;
  /** The room, or none for a new one. */
  room?: string;
  invites?: boolean;
  disabled?: boolean;
  /** It is an auditorium already, not only in this edit. */
  auditorium?: boolean;
}

export function Fields({ edit, onChange, room, disabled, invites, auditorium }: Props) {
  const w = useWords();
  const [known] = useState(() => new Known());
  for (const r of roleFields) known.add(edit[r]);
  const set = <K extends keyof Edit>(key: K, value: Edit[K]) => onChange({ ...edit, [key]: value });
  const off = disabled ?? false;
  const categories = useAsked("listCategories");
  const addins = useAsked("listAddins");
  const choices = (categories.data ?? []).filter((c) => c.may_create || c.guid === edit.category).map((c) => [c.guid, c.name] as const);
  const where = room ? { room } : { category: edit.category };
  return (
    <fieldset className="desk-fields" disabled={off}>
      <Text label={w("name")} hint={w("nameHint")} value={edit.name} onChange={(v) => set("name", v)} maxLength={256} required dir="auto" />
      <Text label={w("description")} hint={w("descriptionHint")} value={edit.description} onChange={(v) => set("description", v)} maxLength={256} dir="auto" />
      <div className="desk-pair">
        <Choice label={w("category")} hint={w("categoryHint")} value={edit.category} options={choices} onChange={(v) => set("category", v)} />
        <Choice
          label={w("addin")}
          hint={w("addinHint")}
          value={edit.addin}
          options={[["", w("noAddin")], ...(addins.data ?? []).map((a) => [a.guid, a.name] as const)]}
          onChange={(v) => set("addin", v)}
        />
      </div>
      <div className="desk-pair broad">
        <Choice label={w("privacy")} value={edit.privacy} options={[["open", w("open")], ["closed", w("closed")], ["secret", w("secret")]]} onChange={(v) => set("privacy", v)} />
        <Choice label={w("type")} value={edit.type} options={[["normal", w("normal")], ["auditorium", w("auditorium")]]} onChange={(v) => set("type", v)} />
        <Choice
          label={w("invitations")}
          hint={invites === undefined ? undefined : w(invites ? "invitesYes" : "invitesNo")}
          value={edit.invitations}
          options={[["inherit", w("inherit")], ["off", w("off")]]}
          onChange={(v) => set("invitations", v)}
        />
      </div>
      {roleFields.map(
        (role) =>
          (role !== "presenters" || edit.type === "auditorium" || edit.presenters.length > 0) && (
            <Picker
              key={role}
              label={w(role)}
              hint={w(`${role}Hint`)}
              value={edit[role].map(choosable)}
              onChange={(v) => set(role, known.of(v))}
              find={(prefix) => (role === "presenters" ? known.findPresenters(where, auditorium ?? false, edit.members, prefix) : known.find(where, role.slice(0, -1) as "member", prefix))}
              among={[role, room ?? edit.category, ...(role === "presenters" ? [String(auditorium), ...edit.members.map((m) => m.guid)] : [])]}
              disabled={off}
            />
          ),
      )}
    </fieldset>
  );
}
