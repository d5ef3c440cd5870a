// What a screen reader is told: new lines only, never those that scrolling brings in.
import { Signal } from "../api/signal";
import { useSignal } from "../api/use";

interface Said {
  n: number;
  text: string;
}

const said = new Signal<readonly Said[]>([]);
let count = 0;

export function announce(text: string): void {
  said.set([...said.get().slice(-9), { n: ++count, text }]);
}

export function Announcer() {
  return (
    <div className="unseen" aria-live="polite" aria-relevant="additions" data-testid="announcer">
      {useSignal(said).map((s) => (
        <div key={s.n}>{s.text}</div>
      ))}
    </div>
  );
}
