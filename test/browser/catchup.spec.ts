import { setInterval } from 'node:timers/promises'

import type { Page } from '@playwright/test'

import { expect, test } from './fixtures.ts'
import { Proxy } from './proxy.ts'
import { settled } from './settled.ts'

const log = (page: Page) => page.getByRole('log', { name: 'Messages in Rates' })
const missed = (page: Page) => page.getByRole('status').filter({ hasText: /^Loading \d+ missed messages?…$/ })

interface Line {
  id: number
  text: string
}

/** Reads the room as a person would: from its first line to its last, a screen at a time. */
async function transcript(page: Page, head: number): Promise<Line[]> {
  const lines = new Map<number, string>()
  const look = async () => {
    for (const l of await log(page).evaluate((el) => [...el.querySelectorAll<HTMLElement>('[data-id]')].map((r) => ({ id: Number(r.dataset.id), text: r.querySelector('.text')!.textContent })))) {
      lines.set(l.id, l.text)
    }
  }
  // Rows follow the scrolling a moment later: a screen is read when it is filled.
  const filled = () =>
    log(page).evaluate((el) => {
      const rows = [...el.querySelectorAll('[data-id]')].map((r) => r.getBoundingClientRect())
      const { top, bottom } = el.getBoundingClientRect()
      return rows.length > 0 && Math.min(...rows.map((r) => r.top)) <= top + 120 && Math.max(...rows.map((r) => r.bottom)) >= bottom - 60
    })
  if (head > 1000) await page.setViewportSize({ width: 1440, height: 3000 }) // a tall screen: fewer of them
  await log(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Home')
  await expect(log(page).locator('[data-id="1"]')).toBeInViewport()
  for (;;) {
    await settled(log(page))
    await expect.poll(filled, { intervals: [20] }).toBe(true)
    await look()
    if (lines.has(head)) return [...lines].map(([id, text]) => ({ id, text }))
    // By the lines and not by the scroll position, which is put right when the view is far from where it began.
    const last = [...lines.keys()].at(-1)!
    await page.keyboard.press('PageDown')
    await expect
      .poll(() => log(page).evaluate((el) => Math.max(...[...el.querySelectorAll<HTMLElement>('[data-id]')].map((r) => Number(r.dataset.id)))), { intervals: [20], message: `beyond line ${last} of ${head}` })
      .toBeGreaterThan(last)
  }
}

/** How long the network breaks: ten minutes, of which make test takes two. */
const seconds = Number(process.env.CATCHUP_SECONDS ?? 600)

test(`50 messages a second for ${seconds} s over a network that breaks at random leave no gap, no double and no disorder`, async ({ org }) => {
  test.setTimeout((120 + 3 * seconds) * 1000)
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(guid)
  const proxy = await Proxy.before(org.server.addresses.web)
  const page = await org.open('alice', `/room/${guid}`, { baseURL: proxy.url })
  await bob.post(guid, 'line 1')
  await expect(log(page).getByText('line 1', { exact: true })).toBeVisible()

  // Every row that is ever shown, and every word of what is missing, goes on record.
  await log(page).evaluate((el) => {
    const w = window as unknown as { disorder: string[]; markers: number }
    w.disorder = []
    w.markers = 0
    let said = ''
    new MutationObserver(() => {
      const ids = [...el.querySelectorAll<HTMLElement>('[data-id]')].map((r) => Number(r.dataset.id))
      const wrong = ids.findIndex((id, i) => i > 0 && id !== ids[i - 1]! + 1)
      if (wrong > 0) w.disorder.push(`${ids[wrong - 1]}, ${ids[wrong]}`)
      const now = document.querySelector('.missed')?.textContent ?? ''
      if (now && now !== said) w.markers++
      said = now
    }).observe(el.closest('.history')!, { childList: true, subtree: true, characterData: true })
  })

  let drops = 0
  const posts: Promise<unknown>[] = []
  const until = Date.now() + seconds * 1000
  let next = Date.now() + 500
  for await (const _ of setInterval(20)) {
    if (Date.now() >= until) break
    posts.push(bob.post(guid, `line ${posts.length + 2}`))
    if (Date.now() < next) continue
    next = Date.now() + 200 + Math.random() * 3500
    drops++
    if (proxy.isCut) proxy.restore()
    else if (Math.random() < 0.5) proxy.drop()
    else proxy.cut()
  }
  proxy.restore()
  await Promise.all(posts)
  const head = posts.length + 1

  // The server's sequence, page by page.
  const truth: Line[] = []
  while (truth.length < head) truth.push(...(await bob.call<{ messages: Line[] }>('GET', `/rooms/${guid}/messages?after=${truth.length}&limit=500`)).messages)
  expect(truth.length).toBe(head)

  await expect(log(page).locator(`[data-id="${head}"]`)).toBeInViewport({ timeout: 60_000 })
  await expect(missed(page)).toHaveCount(0)
  const seen = await page.evaluate(() => {
    const w = window as unknown as { disorder: string[]; markers: number }
    return { disorder: w.disorder, markers: w.markers }
  })
  console.log(`catch-up: ${head} messages, ${drops} changes of the network, ${seen.markers} words of what was missing`)
  expect(drops).toBeGreaterThan(seconds / 6)
  expect(seen.disorder).toEqual([])
  expect(await transcript(page, head)).toEqual(truth.map(({ id, text }) => ({ id, text })))
  await proxy.end()
})

test('while there is a hole, it is said how many messages are being loaded', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(guid)
  const proxy = await Proxy.before(org.server.addresses.web)
  const page = await org.open('alice', `/room/${guid}`, { baseURL: proxy.url })
  await bob.post(guid, 'before')
  await expect(log(page).getByText('before')).toBeVisible()
  let release = () => {}
  const held = new Promise<void>((r) => (release = r))
  await page.route('**/messages?*', async (route) => {
    await held
    await route.continue()
  })
  proxy.cut()
  for (let i = 1; i <= 40; i++) await bob.post(guid, `missed ${i}`)
  proxy.restore()
  await expect(missed(page)).toHaveText('Loading 40 missed messages…', { timeout: 20_000 })
  await expect(log(page).getByText('missed 40')).toHaveCount(0)
  // What comes while the hole is open does not hide it.
  await bob.post(guid, 'after')
  await expect(missed(page)).toHaveText('Loading 41 missed messages…')
  release()
  await expect(log(page).getByText('after')).toBeVisible()
  await expect(missed(page)).toHaveCount(0)
  expect((await transcript(page, 42)).map((l) => l.text)).toEqual(['before', ...Array.from({ length: 40 }, (_, i) => `missed ${i + 1}`), 'after'])
  await proxy.end()
})
