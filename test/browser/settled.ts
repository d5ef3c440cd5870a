import type { Locator } from '@playwright/test'

/** Waits until a scroller stands still: keys scroll over some frames. */
export function settled(scroller: Locator): Promise<void> {
  return scroller.evaluate(
    (el) =>
      new Promise<void>((done) => {
        let at = -1
        let same = 0
        const look = () => {
          same = el.scrollTop === at ? same + 1 : 0
          at = el.scrollTop
          if (same > 5) done()
          else requestAnimationFrame(look)
        }
        look()
      }),
  )
}
