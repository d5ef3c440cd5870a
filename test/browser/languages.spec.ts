import type { Page } from '@playwright/test'

import { expect, test } from './fixtures.ts'

/** What is cut off: buttons, links and labels whose text is wider than they are, and has no ellipsis of a name. */
function clipped(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a, label, legend, h1, h2, h3, dt, dd, .banner span, .entry span')]
      .filter((e) => {
        const s = getComputedStyle(e)
        return e.offsetParent && !e.closest('.unseen, .skip') && !e.querySelector('bdi') && s.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1
      })
      .map((e) => `${e.tagName} "${e.innerText}" ${e.scrollWidth} in ${e.clientWidth}`),
  )
}

test('the language changes while one looks, without a reload and without clipped text', async ({ org }) => {
  const page = await org.open('alice', '/settings')
  let loads = 0
  page.on('load', () => loads++)
  await page.getByRole('group', { name: 'Language' }).getByText('Deutsch').click()
  await expect(page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await expect(page.getByText('Keyboard')).toHaveCount(0)
  expect(await clipped(page)).toEqual([])
  expect(loads).toBe(0)
  const { guid } = await org.server.room('Rates')
  const api = await org.api('alice')
  await expect.poll(async () => (await api.call<{ values: Record<string, string> }>('GET', '/preferences')).values.language).toBe('de')
  for (const path of [`/room/${guid}?panel=files`, '/search', '/feed/new', '/browse']) {
    await page.goto(path)
    await expect(page.getByRole('navigation').first()).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('lang', 'de')
    await expect(page.locator('main [aria-busy=true]')).toHaveCount(0)
    expect(await clipped(page), path).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440)
  }
  await page.goto('/settings')
  await page.getByRole('group', { name: 'Sprache' }).getByText('English').click()
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
})

test('from right to left every word is from the catalogue, the layout is mirrored, and nothing is clipped', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  await (await org.api('alice')).follow(guid)
  await (await org.api('bob')).post(guid, 'hello')
  const page = await org.open('alice', '/')
  for (const path of [`/room/${guid}?lang=qps`, '/search?lang=qps', '/settings?lang=qps', '/browse?lang=qps', '/feed/new?lang=qps']) {
    await page.goto(path)
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl')
    await expect(page.getByRole('main')).toBeVisible()
    await expect(page.locator('main [aria-busy=true]')).toHaveCount(0)
    const [nav, main] = [(await page.getByRole('navigation').first().boundingBox())!, (await page.getByRole('main').boundingBox())!]
    expect(nav.x, 'the rooms are on the right').toBeGreaterThan(main.x)
    expect(await clipped(page), path).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440)
    const bare = await page.getByRole('button').evaluateAll((all) => all.map((b) => b.getAttribute('aria-label') ?? b.textContent ?? '').filter((s) => s.trim() && !s.includes('«') && !/^(Trading|from:|in:|before:|after:|has:|mentions:)$/.test(s)))
    expect(bare, path).toEqual([])
  }
})
