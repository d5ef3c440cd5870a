import { type Browser, type BrowserContext, expect, type Page, test as base } from '@playwright/test'

import { Api } from './api.ts'
import { password, Server } from './server.ts'
import { Sipe } from './sipe.ts'

/**
 * A small organisation on a server of the test's own: alice manages Rates and Swaps, of which bob is a member; carol is
 * in the category's scope, and mallory in nobody's.
 */
export class Organisation {
  private readonly contexts: BrowserContext[] = []
  private readonly sipes: Sipe[] = []

  private constructor(
    readonly server: Server,
    private readonly browser: Browser,
  ) {}

  static async make(browser: Browser, settings: Record<string, string> = {}): Promise<Organisation> {
    const server = await Server.start(settings)
    await server.addUser('alice', 'Alice Archer')
    await server.addUser('bob', 'Bob Builder')
    await server.addUser('carol', 'Carol Clerk')
    await server.addUser('mallory', 'Mallory Marsh')
    await server.perch('category', 'add', 'Trading', '--allow', 'alice', '--allow', 'bob', '--allow', 'carol', '--creator', 'alice', '--files')
    for (const room of ['Rates', 'Swaps']) {
      await server.perch('room', 'add', room, '--category', 'Trading', '--member', 'alice', '--member', 'bob', '--manager', 'alice')
    }
    return new Organisation(server, browser)
  }

  /** A browser of one's own (another device), signed in, at the given path. */
  async open(user: string, path = '/', more: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    const context = await this.browser.newContext({ baseURL: this.server.url, ...more })
    this.contexts.push(context)
    const page = await context.newPage()
    await page.goto(path)
    await signIn(page, user)
    return page
  }

  /** A PNG of the given size. */
  async picture(width: number, height: number): Promise<Buffer> {
    const page = await this.browser.newPage()
    const url = await page.evaluate(([w, h]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h })
      canvas.getContext('2d')!.fillRect(w! / 4, h! / 4, w! / 2, h! / 2)
      return canvas.toDataURL('image/png')
    }, [width, height])
    await page.close()
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
  }

  api(user: string): Promise<Api> {
    return Api.signIn(this.server.url, user)
  }

  async sipe(user: string): Promise<Sipe> {
    const sipe = await Sipe.signIn(this.server, user)
    this.sipes.push(sipe)
    return sipe
  }

  async end(): Promise<void> {
    await Promise.all(this.contexts.map((c) => c.close()))
    await Promise.all(this.sipes.map((s) => s.end()))
    await this.server.stop()
  }
}

export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel('User name').fill(user)
  await page.getByLabel('Password').fill(password(user))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeHidden()
}

/** Waits until the page is told what happens: only then is its own presence known. Before that a page shows what it has asked for. */
export async function connected(page: Page): Promise<void> {
  await expect(page.getByRole('navigation', { name: 'Rooms and feeds' }).getByRole('img', { name: 'Available' })).toBeVisible()
}

export const test = base.extend<{ org: Organisation }>({
  org: async ({ browser }, use) => {
    const org = await Organisation.make(browser)
    await use(org)
    await org.end()
  },
})

export { expect }
