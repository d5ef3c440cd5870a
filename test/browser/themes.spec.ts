import type { Page } from '@playwright/test'

import { faults } from './axe.ts'
import { expect, type Organisation, test } from './fixtures.ts'

const themes = { Light: 'light', Dark: 'dark', 'High contrast': 'contrast' } as const

/** Pages with something on them, each with what must be there before it is looked at. */
async function furnish(org: Organisation): Promise<Map<string, (page: Page) => Promise<void>>> {
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(guid)
  await alice.follow((await org.server.room('Swaps')).guid)
  await bob.post(guid, 'gilt auction, see https://example.test/ and tell Alice Archer')
  await bob.post(guid, 'halted', { alert: true })
  await bob.post(guid, 'All quiet.', { title: 'Weekly review' })
  await alice.post(guid, 'mine')
  await bob.post((await org.server.room('Swaps')).guid, 'unread')
  return new Map([
    [`/room/${guid}?panel=people`, (p) => expect(p.getByRole('log').getByText('halted')).toBeVisible()],
    ['/search?q=gilt', (p) => expect(p.getByText('1 message found')).toBeVisible()],
    ['/feed/mentions', (p) => expect(p.getByRole('list', { name: 'Messages found' }).getByText('gilt auction')).toBeVisible()],
    ['/feed/new', (p) => expect(p.getByLabel('Words')).toBeVisible()],
    ['/settings', (p) => expect(p.getByText('This session')).toBeVisible()],
    ['/browse', (p) => expect(p.getByRole('main').getByText('Swaps').first()).toBeVisible()],
  ])
}

for (const [label, theme] of Object.entries(themes)) {
  test(`axe finds nothing serious in any view: ${label}`, async ({ org }) => {
    test.setTimeout(120_000)
    const views = await furnish(org)
    const page = await org.open('alice', '/settings')
    await page.getByRole('group', { name: 'Colours' }).getByText(label, { exact: true }).click()
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const kept = (await org.api('alice'))
    await expect.poll(async () => (await kept.call<{ values: Record<string, string> }>('GET', '/preferences')).values.theme).toBe(theme)
    const found: Record<string, string[]> = {}
    for (const [path, ready] of views) {
      await page.goto(path)
      await ready(page)
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
      const all = await faults(page)
      if (all.length) found[path] = all
    }
    await page.getByRole('navigation').getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const all = await faults(page)
    if (all.length) found['sign-in'] = all
    expect(found).toEqual({})
  })
}

test('as the system is set, the colours change while one looks', async ({ org }) => {
  const page = await org.open('alice', '/settings')
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await ground()
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(ground).not.toBe(dark)
})

test('in 320 px nothing has to be scrolled sideways', async ({ org }) => {
  const views = await furnish(org)
  const page = await org.open('alice', '/', { viewport: { width: 320, height: 640 } })
  const wide: Record<string, number> = {}
  for (const path of ['/', ...views.keys()]) {
    await page.goto(path.replace('?panel=people', ''))
    await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
    await (path === '/' ? expect(page.getByRole('navigation')).toBeVisible() : views.get(path)!(page))
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    if (width > 320) wide[path] = width
  }
  expect(wide).toEqual({})
})
