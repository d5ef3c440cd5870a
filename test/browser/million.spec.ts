import type { Page } from '@playwright/test'

import { Api } from './api.ts'
import { expect, Organisation, signIn, test } from './fixtures.ts'
import { settled } from './settled.ts'

// A room of a million messages, which is filled once for this file: the server stands still meanwhile.
test.describe.configure({ mode: 'serial', timeout: 600_000 })
test.use({ trace: 'off' }) // it takes a picture of the page with every step, which is a long task

const messages = 1_000_000

let org: Organisation
let guid: string
let api: Api

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000)
  org = await Organisation.make(browser, { COMPLIANCE__ENABLED: 'false' })
  guid = (await org.server.room('Rates')).guid
  await org.server.kill()
  await org.server.perchload('fill', '--room', 'Rates', '--messages', String(messages), '--users', 'alice', '--users', 'bob')
  await org.server.up()
  api = await org.api('alice')
  await api.follow(guid)
  await api.call('POST', `/rooms/${guid}/read`, { up_to: messages })
})

test.afterAll(() => org.end())

const log = (page: Page) => page.getByRole('log', { name: 'Messages in Rates' })

/** The tasks of the page's main thread in a trace, the longest first, in ms of CPU time: a machine that is shared stretches the time by the clock. */
function tasksOf(trace: Buffer): number[] {
  type Event = { name: string; ph: string; pid: number; tid: number; tdur?: number; args: { name?: string } }
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: Event[] }
  const main = new Set(traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid} ${e.tid}`))
  const tasks = traceEvents.filter((e) => e.ph === 'X' && e.tdur !== undefined && e.name.endsWith('RunTask') && main.has(`${e.pid} ${e.tid}`))
  expect(tasks.length).toBeGreaterThan(1000)
  return tasks.map((e) => e.tdur! / 1000).sort((a, b) => b - a)
}

test('a room of a million messages is scrolled 20,000 lines up at constant cost: few nodes, no long task, little heap', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: org.server.url })
  const page = await context.newPage()
  await page.goto(`/room/${guid}`)
  await signIn(page, 'alice')
  await expect(log(page).locator(`[data-id="${messages}"]`)).toBeInViewport()
  const devtools = await context.newCDPSession(page)
  const heap = async () => {
    await devtools.send('HeapProfiler.collectGarbage')
    return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6
  }
  await log(page).focus()
  await log(page).hover()
  const before = await heap()
  await browser.startTracing(page, { categories: ['toplevel'] })
  const started = Date.now()
  let nodes = 0
  let first = messages
  let steps = 0
  while (first > messages - 20_000) {
    if (steps++ % 4 === 3) await page.keyboard.press('PageUp')
    else await page.mouse.wheel(0, -3000)
    const now = await log(page).evaluate(
      (el) =>
        new Promise<{ nodes: number; first: number }>((done) =>
          requestAnimationFrame(() => {
            const top = el.getBoundingClientRect().top
            const row = [...el.querySelectorAll<HTMLElement>('[data-id]')].find((r) => r.getBoundingClientRect().bottom > top)
            done({ nodes: el.querySelectorAll('*').length, first: Number(row?.dataset.id ?? 0) })
          }),
        ),
    )
    nodes = Math.max(nodes, now.nodes)
    if (now.first) first = now.first
  }
  const tasks = tasksOf(await browser.stopTracing())
  const grown = (await heap()) - before
  console.log(
    `a million: ${messages - first} lines up in ${(Date.now() - started) / 1000} s and ${steps} steps: ${nodes} nodes at most, longest tasks ${tasks.slice(0, 3).map((t) => t.toFixed(1)).join(', ')} ms of CPU time, heap ${grown.toFixed(1)} MB more`,
  )
  expect(nodes).toBeLessThan(400)
  expect(grown).toBeLessThan(30)
  // On an idle laptop of four cores none is over 50 ms; a busy machine makes them longer, by the cache.
  expect(tasks[2]).toBeLessThan(75)
  expect(tasks[0]).toBeLessThan(150)
  await context.close()
})

test('from its beginning a room is read page by page: no line is passed over, and none comes again', async () => {
  const page = await org.open('alice', `/room/${guid}`)
  await expect(log(page).locator(`[data-id="${messages}"]`)).toBeInViewport()
  await page.setViewportSize({ width: 1440, height: 3000 }) // a page is more than what is laid out beyond the view
  await log(page).focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Home')
  await expect(log(page).locator('[data-id="1"]')).toBeInViewport()
  const inView = () =>
    log(page).evaluate((el) => {
      const { top, bottom } = el.getBoundingClientRect()
      const rows = [...el.querySelectorAll<HTMLElement>('[data-id]')].filter((r) => r.getBoundingClientRect().bottom > top && r.getBoundingClientRect().top < bottom)
      return { first: Number(rows[0]?.dataset.id ?? 0), last: Number(rows.at(-1)?.dataset.id ?? 0) }
    })
  await settled(log(page))
  let before = await inView()
  while (before.last < 10_000) {
    await page.keyboard.press('PageDown')
    await expect.poll(async () => (await inView()).last, { intervals: [20] }).toBeGreaterThan(before.last)
    await settled(log(page))
    const now = await inView()
    expect(now.first, `after ${before.first} to ${before.last}`).toBeGreaterThan(before.first)
    expect(now.first, `after ${before.first} to ${before.last}`).toBeLessThanOrEqual(before.last + 1)
    before = now
  }
})

/** Does something in the page and tells after how many ms a line was at the top of the view. */
async function until(page: Page, id: number, act: () => Promise<unknown>, on: 'click' | 'keydown' | 'submit'): Promise<number> {
  await page.evaluate(
    ([id, on]) => {
      const w = window as unknown as { took: Promise<number> }
      w.took = new Promise((done) => {
        let from = 0
        addEventListener(on as string, () => (from = performance.now()), true)
        const look = () => {
          const scroller = document.querySelector('[role=log]')
          const row = scroller?.querySelector(`[data-id="${id}"]`)
          const off = row && scroller ? row.getBoundingClientRect().top - scroller.getBoundingClientRect().top : Infinity
          if (from && Math.abs(off) < 3) done(performance.now() - from)
          else requestAnimationFrame(look)
        }
        look()
      })
    },
    [id, on],
  )
  await act()
  return page.evaluate(() => (window as unknown as { took: Promise<number> }).took)
}

test('a date that is picked in a room of a million messages is at the top in 500 ms, Home twice at the first message', async () => {
  const page = await org.open('alice', `/room/${guid}`)
  await expect(log(page).locator(`[data-id="${messages}"]`)).toBeInViewport()
  for (const ago of [30, 365, 700]) {
    const day = new Date(Date.now() - ago * 86_400_000)
    const value = await page.evaluate((t) => {
      const d = new Date(t)
      return [`${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`, new Date(d.getFullYear(), d.getMonth(), d.getDate()).toISOString()]
    }, day.getTime())
    const there = await api.call<{ messages: { id: number; at: string }[] }>('GET', `/rooms/${guid}/messages?at=${value[1]}&limit=1`)
    const first = there.messages[0]!
    const before = await api.call<{ messages: { at: string }[] }>('GET', `/rooms/${guid}/messages?before=${first.id}&limit=1`)
    expect(Date.parse(before.messages[0]!.at)).toBeLessThan(Date.parse(value[1]!))
    expect(Date.parse(first.at)).toBeGreaterThanOrEqual(Date.parse(value[1]!))

    await page.getByRole('button', { name: 'Go to a day' }).click()
    const dialog = page.getByRole('dialog', { name: 'Go to a day' })
    await dialog.getByLabel('Day').fill(value[0]!)
    const took = await until(page, first.id, () => dialog.getByRole('button', { name: 'Go', exact: true }).click(), 'submit')
    console.log(`a million: ${ago} days ago is at the top after ${took.toFixed(0)} ms`)
    expect(took).toBeLessThan(500)
    await expect(log(page).locator(`[data-id="${first.id}"]`).getByRole('separator')).toBeVisible()
  }
  await log(page).focus()
  await page.keyboard.press('Home')
  const took = await until(page, 1, () => page.keyboard.press('Home'), 'keydown')
  console.log(`a million: the first message is at the top ${took.toFixed(0)} ms after Home`)
  expect(took).toBeLessThan(500)
  await expect(log(page).getByText('This is the beginning of the room.')).toBeVisible()
})
