import type { Page } from '@playwright/test'

import { expect, type Organisation, test } from './fixtures.ts'

async function corpus(org: Organisation): Promise<string> {
  const [rates, swaps] = [await org.server.room('Rates'), await org.server.room('Swaps')]
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(rates.guid)
  await alice.follow(swaps.guid)
  await alice.post(rates.guid, 'gilt auction at ten')
  await bob.post(rates.guid, 'the gilt auction was weak')
  await bob.post(swaps.guid, 'gilt swap spread https://example.test/spread')
  await bob.post(swaps.guid, 'gilt desk: Alice Archer, please call')
  await bob.post(swaps.guid, 'gilt halted', { alert: true })
  await bob.post(rates.guid, 'auction of a gilt, the words apart')
  for (let n = 0; n < 20; n++) await bob.post(rates.guid, `filler ${n}`)
  return swaps.guid
}

const hits = (page: Page) => page.getByRole('list', { name: 'Messages found' }).locator('> li')

async function find(page: Page, q: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search' }).fill(q)
  await page.keyboard.press('Enter')
}

test('each filter of a search finds what it says, and stands as a chip that can be taken away', async ({ org }) => {
  await corpus(org)
  const page = await org.open('alice', '/search')
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format()
  const wanted: [string, string[]][] = [
    ['gilt', ['auction of a gilt, the words apart', 'gilt halted', 'gilt desk: Alice Archer, please call', 'gilt swap spread https://example.test/spread', 'the gilt auction was weak', 'gilt auction at ten']],
    ['"gilt auction"', ['the gilt auction was weak', 'gilt auction at ten']],
    ['gilt from:me', ['gilt auction at ten']],
    ['gilt from:bob in:Rates', ['auction of a gilt, the words apart', 'the gilt auction was weak']],
    ['gilt has:link', ['gilt swap spread https://example.test/spread']],
    ['gilt has:alert', ['gilt halted']],
    ['gilt mentions:me', ['gilt desk: Alice Archer, please call']],
    [`gilt from:me after:${today}`, []],
    [`gilt from:me before:${today}`, []],
    ['gilt from:me after:2020-01-01', ['gilt auction at ten']],
  ]
  for (const [q, texts] of wanted) {
    await find(page, q)
    await expect(page.getByText(texts.length === 1 ? '1 message found' : `${texts.length} messages found`)).toBeVisible()
    await expect(hits(page).locator('.hit-text'), q).toHaveText(texts)
    for (const mark of await hits(page).locator('mark').allInnerTexts()) expect(mark.toLowerCase()).toMatch(/gilt|auction/)
  }
  await find(page, 'gilt from:me')
  await expect(hits(page)).toHaveCount(1)
  await page.getByRole('button', { name: 'Remove from:me' }).click()
  await expect(hits(page)).toHaveCount(6)
  await find(page, 'gilt from:nobody-at-all')
  await expect(page.getByText('from:nobody-at-all').last()).toBeVisible()
  await expect(hits(page)).toHaveCount(0)
})

test('a hit is reached by keys alone, opens in place, and Back returns to the same hit', async ({ org }) => {
  const swaps = await corpus(org)
  const page = await org.open('alice', '/')
  await page.keyboard.press('Control+f')
  await expect(page.getByRole('searchbox', { name: 'Search' })).toBeFocused()
  await page.keyboard.type('gilt')
  await page.keyboard.press('Enter')
  await expect(hits(page)).toHaveCount(6)
  await page.keyboard.press('ArrowDown')
  await expect(hits(page).nth(0).getByRole('link')).toBeFocused()
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowDown')
  const chosen = hits(page).nth(3).getByRole('link')
  await expect(chosen).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/room/${swaps}/\\d+$`))
  await expect(page.getByRole('log').getByRole('article').filter({ hasText: 'gilt swap spread' })).toBeVisible()
  await page.goBack()
  await expect(page).toHaveURL(/\/search\?q=gilt$/)
  await expect(chosen).toBeFocused()
  await expect(chosen).toBeInViewport()
})

test('somebody who may not read a room finds nothing of it, nor its name', async ({ org }) => {
  await corpus(org)
  const page = await org.open('mallory', '/search')
  await find(page, 'gilt')
  await expect(page.getByText('Nothing found')).toBeVisible()
  await find(page, 'gilt in:Swaps')
  await expect(page.getByText(/Nobody and nothing is known by this: .*in:Swaps/)).toBeVisible()
})
