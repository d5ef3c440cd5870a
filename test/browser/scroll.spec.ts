import type { Locator, Page } from '@playwright/test'

import type { Api } from './api.ts'
import { expect, type Organisation, test } from './fixtures.ts'
import { settled } from './settled.ts'

const log = (page: Page) => page.getByRole('log', { name: 'Messages in Rates' })
const row = (page: Page, id: number) => log(page).locator(`[data-id="${id}"]`)
const pill = (page: Page) => page.getByRole('button', { name: /^\d+ new$|^To the newest$/ })

/** Rates with so many messages by bob, which alice follows and has read. */
async function filled(org: Organisation, n: number): Promise<{ guid: string; bob: Api }> {
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = await Promise.all([org.api('alice'), org.api('bob')])
  await alice.follow(guid)
  await bob.follow(guid)
  for (let i = 1; i <= n; i++) await bob.post(guid, `line ${i}`)
  await alice.call('POST', `/rooms/${guid}/read`, { up_to: n })
  return { guid, bob }
}

const fromEnd = (scroller: Locator) => scroller.evaluate((el) => el.scrollHeight - el.clientHeight - el.scrollTop)

async function wheelUp(page: Page, by: number) {
  const before = await log(page).evaluate((el) => el.scrollTop)
  await log(page).hover()
  await page.mouse.wheel(0, -by)
  await expect.poll(() => log(page).evaluate((el) => el.scrollTop)).toBeLessThan(before - by / 2)
}

test('the line under the eye stays within 1 px while 100 messages are posted, older ones are loaded and a picture comes', async ({ org }) => {
  const { guid, bob } = await filled(org, 150)
  const picture = await bob.upload(guid, 'curve.png', await org.picture(640, 480))
  const withPicture = await bob.post(guid, 'the curve', { files: [picture] })
  for (let i = 152; i <= 190; i++) await bob.post(guid, `line ${i}`)
  const page = await org.open('alice')
  let show = () => {}
  const held = new Promise<void>((r) => (show = r))
  let asked = false
  await page.route(`**/files/${picture}/content*`, async (route) => {
    asked = true
    await held
    await route.continue()
  })
  await page.goto(`/room/${guid}/${withPicture.id}`)
  await expect(row(page, withPicture.id)).toBeInViewport()
  await expect.poll(() => asked, { message: 'the picture is asked for' }).toBe(true)
  const below = withPicture.id + 2
  await expect(row(page, below)).toBeInViewport()

  // Looks at the line with every frame that is painted.
  await row(page, below).evaluate((el) => {
    const from = el.getBoundingClientRect().top
    const w = window as unknown as { shift: number; frames: number }
    w.shift = 0
    w.frames = 0
    const scroller = el.closest('[role=log]')!
    const look = () => {
      const now = scroller.querySelector(`[data-id="${(el as HTMLElement).dataset.id}"]`)
      w.shift = now ? Math.max(w.shift, Math.abs(now.getBoundingClientRect().top - from)) : Infinity
      w.frames++
      requestAnimationFrame(look)
    }
    look()
  })
  const head = withPicture.id + 39
  for (let i = 1; i <= 50; i++) await bob.post(guid, `more ${i}`)
  show()
  await expect.poll(() => row(page, withPicture.id).locator('img').evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth)).toBeGreaterThan(0)
  for (let i = 51; i <= 100; i++) await bob.post(guid, `more ${i}`)
  await expect(pill(page)).toHaveText(/^\d+ new$/)
  await expect.poll(() => log(page).locator('article').first().getAttribute('aria-setsize')).toBe(String(head + 100))
  await page.waitForFunction(() => (window as unknown as { frames: number }).frames > 20)
  const seen = await page.evaluate(() => {
    const w = window as unknown as { shift: number; frames: number }
    return { shift: w.shift, frames: w.frames }
  })
  console.log(`scroll anchor: ${seen.shift} px at most in ${seen.frames} frames`)
  expect(seen.shift).toBeLessThanOrEqual(1)
})

test('at the bottom the view follows what is posted', async ({ org }) => {
  const { guid, bob } = await filled(org, 60)
  const page = await org.open('alice', `/room/${guid}`)
  await expect(row(page, 60)).toBeInViewport()
  for (let i = 61; i <= 80; i++) {
    await bob.post(guid, `line ${i}`)
    if (i % 5 === 0) await expect(row(page, i)).toBeInViewport({ ratio: 0.95 })
  }
  expect(await fromEnd(log(page))).toBeLessThanOrEqual(1)
  await expect(pill(page)).toBeHidden()
})

test('scrolled up 300 px the view stays, a pill tells exactly how many are new, and leads to the bottom', async ({ org }) => {
  const { guid, bob } = await filled(org, 120)
  const page = await org.open('alice', `/room/${guid}`)
  await expect(row(page, 120)).toBeInViewport()
  await wheelUp(page, 300)
  await expect(pill(page)).toHaveText('To the newest')
  await settled(log(page))
  const at = await log(page).evaluate((el) => el.scrollTop)
  for (let n = 1; n <= 12; n++) {
    await bob.post(guid, `line ${120 + n}`)
    await expect(pill(page)).toHaveText(`${n} new`)
  }
  expect(await log(page).evaluate((el) => el.scrollTop)).toBe(at)
  await pill(page).click()
  await expect(row(page, 132)).toBeInViewport({ ratio: 0.95 })
  await expect(pill(page)).toBeHidden()
  expect(await fromEnd(log(page))).toBeLessThanOrEqual(1)
  await bob.post(guid, 'line 133')
  await expect(row(page, 133)).toBeInViewport({ ratio: 0.95 })
})
