// Fields of forms: a label, what it is for, and the field, tied together for those who hear them.
import { useId, useState, type InputHTMLAttributes, type ReactNode } from "react";

interface Shared {
  label: string;
  hint?: ReactNode;
  disabled?: boolean;
}

function Frame({ label, hint, id, children }: Shared & { id: string; children: ReactNode }) {
  return (
    <div className="desk-field">
      <label htmlFor={id}>{label}</label>
      {children}
      {hint && (
        <p className="desk-hint" id={id + "h"}>
          {hint}
        </p>
      )}
    </div>
  );
}

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange">;

export function Text({ label, hint, value, onChange, ...rest }: Shared & { value: string; onChange: (v: string) => void } & InputProps) {
  const id = useId();
  return (
    <Frame label={label} hint={hint} id={id}>
      <input id={id} className="input" type="text" autoComplete="off" value={value} onChange={(e) => onChange(e.target.value)} aria-describedby={hint ? id + "h" : undefined} {...rest} />
    </Frame>
  );
}

export function Area({ label, hint, value, onChange, rows = 3, disabled }: Shared & { value: string; onChange: (v: string) => void; rows?: number }) {
  const id = useId();
  return (
    <Frame label={label} hint={hint} id={id}>
      <textarea id={id} className="input" rows={rows} value={value} disabled={disabled} spellCheck={false} onChange={(e) => onChange(e.target.value)} aria-describedby={hint ? id + "h" : undefined} />
    </Frame>
  );
}

/** Several things in one field. It keeps what is typed as it is typed, as long as that means the list that it shows. */
export function List({ value, onChange, parse, join, area, ...rest }: Shared & {
  value: readonly string[]; onChange: (v: string[]) => void; parse: (text: string) => string[]; join: string; area?: boolean;
}) {
  const [typed, setTyped] = useState("");
  const text = parse(typed).join(join) === value.join(join) ? typed : value.join(join);
  const change = (s: string) => {
    setTyped(s);
    onChange(parse(s));
  };
  return area ? <Area value={text} onChange={change} {...rest} /> : <Text value={text} onChange={change} {...rest} />;
}

export function Choice<V extends string>({ label, hint, value, onChange, options, disabled }: Shared & { value: V; onChange: (v: V) => void; options: readonly (readonly [V, string])[] }) {
  const id = useId();
  return (
    <Frame label={label} hint={hint} id={id}>
      <select id={id} className="input" value={value} disabled={disabled} onChange={(e) => onChange(e.target.value as V)} aria-describedby={hint ? id + "h" : undefined}>
        {options.map(([v, name]) => (
          <option key={v} value={v}>
            {name}
          </option>
        ))}
      </select>
    </Frame>
  );
}

export function Check({ label, hint, value, onChange, disabled }: Shared & { value: boolean; onChange: (v: boolean) => void }) {
  const id = useId();
  return (
    <div className="desk-check">
      <input id={id} type="checkbox" checked={value} disabled={disabled} onChange={(e) => onChange(e.target.checked)} aria-describedby={hint ? id + "h" : undefined} />
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className="desk-hint" id={id + "h"}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A form: what is in it, and the row of buttons that ends it. */
export function Form({ onSubmit, children, label }: { onSubmit: () => void; children: ReactNode; label?: string }) {
  return (
    <form
      className="desk-form"
      aria-label={label}
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

export const Buttons = ({ children }: { children: ReactNode }) => <div className="desk-buttons">{children}</div>;

/** Names and what they stand for. */
export function Facts({ of }: { of: readonly (readonly [string, ReactNode] | false | "" | undefined)[] }) {
  return (
    <dl className="desk-facts">
      {of.map((f) => f && <Fact key={f[0]} name={f[0]} value={f[1]} />)}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value === "" || value === undefined ? "–" : value}</dd>
    </div>
  );
}

/** A part of a page, which a heading names. */
export function Section({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="desk-section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {hint && <p className="desk-hint">{hint}</p>}
      {children}
    </section>
  );
}
