import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "../ui/Button";
import { Refused } from "./act";
import { useDesk } from "./catalogue";

/** Shows what was asked for when it is there, and until then that it is waited for, or why it does not come. */
export function Asked<T>({ of, children }: { of: UseQueryResult<T>; children: (answer: T) => ReactNode }) {
  const t = useDesk();
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) {
    return (
      <div className="desk-section">
        <Refused why={of.error} />
        <Button icon="retry" onClick={() => void of.refetch()}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  return (
    <p className="desk-empty" role="status">
      {t("loading")}
    </p>
  );
}
