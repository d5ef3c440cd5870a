import { useLayoutEffect, useState, type RefObject } from "react";

/** How wide an element is, in rem, whenever it or the size of letters changes. */
export function useRems(of: RefObject<HTMLElement | null>): number {
  const [rems, set] = useState(0);
  useLayoutEffect(() => {
    const element = of.current;
    if (!element) return;
    const look = () => set(element.clientWidth / parseFloat(getComputedStyle(document.documentElement).fontSize));
    look();
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [of]);
  return rems;
}
