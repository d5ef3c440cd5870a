import type { Page } from '@playwright/test'

import { expect } from './fixtures.ts'

/** Watches a page for what a string in it could set off: dialogs, requests to other hosts, scripts that the policy stopped. */
export class Harm {
  private readonly signs: string[] = []

  constructor(private readonly page: Page) {
    const own = new URL(page.url()).host
    page.on('dialog', (d) => {
      this.signs.push(`dialog ${d.message()}`)
      void d.dismiss()
    })
    page.context().on('request', (r) => {
      const u = new URL(r.url())
      if (!['data:', 'blob:'].includes(u.protocol) && u.host !== own) this.signs.push(`request to ${r.url()}`)
    })
    page.context().on('page', (p) => this.signs.push(`window ${p.url()}`))
    page.on('pageerror', (e) => this.signs.push(`error ${e.message}`))
    page.on('console', (m) => {
      if (/Content Security Policy/i.test(m.text())) this.signs.push(m.text())
    })
  }

  /** Nothing was set off, and the page is no wider than its window. */
  async none(): Promise<void> {
    expect(this.signs).toEqual([])
    expect(await this.page.evaluate(() => (window as unknown as { harmed?: unknown }).harmed)).toBeUndefined()
    const [width, room] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth])
    expect(width).toBeLessThanOrEqual(room!)
  }
}
