import type { Page } from '@playwright/test'

import { connected, expect, type Organisation, test as base } from './fixtures.ts'
import { Proxy } from './proxy.ts'

// alice reaches the server by a network that can break; bob does not.
const test = base.extend<{ network: Proxy }>({
  network: async ({ org }, use) => {
    const network = await Proxy.before(org.server.addresses.web)
    await use(network)
    await network.end()
  },
})

const log = (page: Page) => page.getByRole('log', { name: 'Messages in Rates' })
const banner = (page: Page) => page.getByRole('status').filter({ hasText: /What you see is from/ })

async function open(org: Organisation, network: Proxy): Promise<{ page: Page; guid: string }> {
  const { guid } = await org.server.room('Rates')
  for (const user of ['alice', 'bob']) await (await org.api(user)).follow(guid)
  const page = await org.open('alice', `/room/${guid}`, { baseURL: network.url })
  await connected(page)
  await (await org.api('bob')).post(guid, 'good morning')
  await expect(log(page).getByText('good morning')).toBeVisible()
  return { page, guid }
}

async function write(page: Page, ...texts: string[]) {
  for (const text of texts) {
    await page.getByRole('textbox', { name: 'Write in Rates' }).fill(text)
    await page.keyboard.press('Enter')
  }
}

/** The room as the server has it, in order. */
async function stored(org: Organisation, guid: string): Promise<string[]> {
  const { messages } = await (await org.api('bob')).call<{ messages: { text: string }[] }>('GET', `/rooms/${guid}/messages?limit=500`)
  return messages.map((m) => m.text)
}

const shown = (page: Page) => log(page).getByRole('article').locator('.text').allTextContents()

test('three messages that are sent while the network is cut are posted in order and once each when it is back', async ({ org, network }) => {
  const { page, guid } = await open(org, network)
  network.cut()
  await write(page, 'one', 'two', 'three')
  await expect(log(page).getByText('Sending…')).toHaveCount(3)
  await expect(banner(page)).toBeVisible()
  expect(await stored(org, guid)).toEqual(['good morning'])
  network.restore()
  await expect(log(page).getByText('Sending…')).toHaveCount(0, { timeout: 20_000 })
  expect(await stored(org, guid)).toEqual(['good morning', 'one', 'two', 'three'])
  await expect.poll(() => shown(page)).toEqual(['good morning', 'one', 'two', 'three'])
})

test('messages whose answers were lost on the way are not doubled', async ({ org, network }) => {
  const { page, guid } = await open(org, network)
  network.loseAnswers()
  await write(page, 'one', 'two', 'three')
  await expect.poll(() => stored(org, guid), { message: 'the first has arrived' }).toContain('one')
  await expect(log(page).getByText('Sending…')).toHaveCount(3)
  network.cut()
  network.restore()
  await expect(log(page).getByText('Sending…')).toHaveCount(0, { timeout: 20_000 })
  expect(await stored(org, guid)).toEqual(['good morning', 'one', 'two', 'three'])
  await expect.poll(() => shown(page)).toEqual(['good morning', 'one', 'two', 'three'])
})

for (const status of [500, 503]) {
  test(`a message that the server answers with ${status} has failed, with the reason; Retry posts it once, Discard drops it`, async ({ org, network }) => {
    const { page, guid } = await open(org, network)
    let broken = true
    await page.route('**/messages', (route) =>
      broken && route.request().method() === 'POST'
        ? route.fulfill({ status, contentType: 'application/json', body: JSON.stringify({ error: 'the disk of the server is full', code: 'unavailable' }) })
        : route.continue(),
    )
    await write(page, 'first try', 'better not')
    const failed = log(page).getByRole('alert').filter({ hasText: 'Not posted. the disk of the server is full' })
    await expect(failed).toHaveCount(2)
    broken = false
    await log(page).getByRole('article').filter({ hasText: 'better not' }).getByRole('button', { name: 'Discard' }).click()
    await expect(failed).toHaveCount(1)
    await failed.getByRole('button', { name: 'Retry' }).click()
    await expect(failed).toHaveCount(0)
    await expect.poll(() => shown(page)).toEqual(['good morning', 'first try'])
    expect(await stored(org, guid)).toEqual(['good morning', 'first try'])
  })
}

test('offline, a banner says how old the view is, and one can go on writing; back online it is gone and the list fresh', async ({ org, network }) => {
  const { page, guid } = await open(org, network)
  const bob = await org.api('bob')
  const { guid: swaps } = await org.server.room('Swaps')
  await (await org.api('alice')).follow(swaps)
  const entry = page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: 'Swaps' })
  await expect(entry).toBeVisible()
  await expect(banner(page)).toHaveCount(0)
  let at = Date.now()
  await page.context().setOffline(true)
  network.cut() // the worker's socket is not the page's
  await expect(banner(page)).toContainText(/^You are offline\. What you see is from .*\d.*\. You can go on writing\.$/, { timeout: 5000 })
  console.log(`offline: banner after ${Date.now() - at} ms`)
  await write(page, 'from the train')
  await expect(log(page).getByText('Sending…')).toHaveCount(1)
  await expect(page.getByRole('textbox', { name: 'Write in Rates' })).toHaveValue('')
  await bob.post(guid, 'while you were out')
  for (let i = 0; i < 3; i++) await bob.post(swaps, `swap ${i}`)
  network.restore()
  at = Date.now()
  await page.context().setOffline(false)
  await expect(banner(page)).toHaveCount(0)
  await expect(log(page).getByText('while you were out')).toBeVisible()
  await expect(entry.getByLabel('3 unread messages')).toBeVisible()
  await expect(log(page).getByText('Sending…')).toHaveCount(0)
  console.log(`offline: all fresh ${Date.now() - at} ms after the network was back`)
  expect(await stored(org, guid)).toEqual(expect.arrayContaining(['good morning', 'while you were out', 'from the train']))
})

test('a laptop that slept, whose connection is dead without a word, has what it missed when it wakes up', async ({ org, network }) => {
  const { page, guid } = await open(org, network)
  network.stall()
  await (await org.api('bob')).post(guid, 'while you slept')
  const at = Date.now()
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })))
  await expect(log(page).getByText('while you slept')).toBeVisible({ timeout: 6000 }) // the tick, the doubt, the pause and the dial take 2.4 s alone
  await expect(banner(page)).toHaveCount(0)
  console.log(`offline: awake after ${Date.now() - at} ms`)
})
