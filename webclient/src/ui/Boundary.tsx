// Where something cannot be drawn, that is said in its place, and all around it goes on.
import { Component, type ReactNode } from "react";
import { queries } from "../api/query";
import { useT } from "../i18n/i18n";
import { Button } from "./Button";
import { Empty } from "./Empty";

interface Props {
  children: ReactNode;
  /** What is shown: when it is another thing, that is tried. */
  of?: string;
}

interface State {
  error?: { was: unknown } | undefined;
}

export class Boundary extends Component<Props, State> {
  override state: State = {};

  static getDerivedStateFromError(was: unknown): State {
    return { error: { was } };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.error && before.of !== this.props.of) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const again = () => {
      queries.removeQueries({ type: "inactive" }); // what could not be drawn is not tried from memory
      this.setState({ error: undefined });
    };
    return <Broken why={error.was} onRetry={again} />;
  }
}

function Broken({ why, onRetry }: { why: unknown; onRetry: () => void }) {
  const t = useT();
  return (
    <section className="broken" role="alert" aria-label={t("broken")}>
      <Empty icon="alert" title={t("broken")} text={t("brokenText")}>
        <p className="buttons">
          <Button look="primary" icon="retry" onClick={onRetry}>
            {t("tryAgain")}
          </Button>
          <Button onClick={() => location.reload()}>{t("reload")}</Button>
        </p>
        <details>
          <summary>{t("whatHappened")}</summary>
          <pre dir="ltr">{why instanceof Error ? `${why.name}: ${why.message}` : String(why)}</pre>
        </details>
      </Empty>
    </section>
  );
}
