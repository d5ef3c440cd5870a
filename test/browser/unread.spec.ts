import type { Page } from '@playwright/test'

import { expect, test } from './fixtures.ts'

const list = (page: Page) => page.getByRole('list', { name: 'Rooms' })
const entry = (page: Page, room: string) => list(page).getByRole('link', { name: room })
const log = (page: Page, room = 'Rates') => page.getByRole('log', { name: `Messages in ${room}` })
const divider = (page: Page) => log(page).getByRole('separator').filter({ hasText: /^New$/ })

test('the divider stands before the first unread message, the room opens there, and it goes with Esc or on leaving; another device clears at once', async ({ org }) => {
  const [rates, swaps] = await Promise.all([org.server.room('Rates'), org.server.room('Swaps')])
  const [alice, bob] = await Promise.all([org.api('alice'), org.api('bob')])
  for (const r of [rates, swaps]) await alice.follow(r.guid)
  for (let i = 1; i <= 50; i++) await bob.post(rates.guid, `line ${i}`)
  await alice.call('POST', `/rooms/${rates.guid}/read`, { up_to: 50 })
  const [page, other] = [await org.open('alice', `/room/${swaps.guid}`), await org.open('alice', '/browse')]
  for (let i = 51; i <= 80; i++) await bob.post(rates.guid, `line ${i}`)
  await expect(entry(other, 'Rates').getByLabel('30 unread messages')).toBeVisible()

  await entry(page, 'Rates').click()
  await expect(divider(page)).toBeInViewport()
  const first = log(page).locator('[data-id="51"]')
  await expect(first.getByRole('separator').filter({ hasText: /^New$/ })).toHaveCount(1)
  await expect(divider(page)).toHaveCount(1)
  const [box, view] = await Promise.all([first.boundingBox(), log(page).boundingBox()])
  expect(box!.y).toBeGreaterThanOrEqual(view!.y)
  expect(box!.y).toBeLessThan(view!.y + view!.height / 2)

  // Read to the end: the divider stays while one reads, and the other device hears of it.
  await log(page).focus()
  const count = entry(other, 'Rates').getByLabel(/unread/)
  await expect(count).toBeVisible()
  let at = Date.now()
  await page.keyboard.press('End')
  await expect(count).toBeHidden({ timeout: 5000 })
  console.log(`unread: another device was clear ${Date.now() - at} ms after the last line was in view`)
  await expect(log(page).locator('[data-id="80"]')).toBeInViewport({ ratio: 0.95 })
  await log(page).hover()
  await expect(async () => {
    await page.mouse.wheel(0, -100)
    await expect(divider(page)).toBeInViewport({ timeout: 200 })
  }).toPass()
  await page.keyboard.press('Escape')
  await expect(divider(page)).toHaveCount(0)

  // Esc reads all, wherever one is.
  await entry(page, 'Swaps').click()
  await expect(log(page, 'Swaps')).toBeVisible()
  for (let i = 81; i <= 110; i++) await bob.post(rates.guid, `line ${i}`)
  await expect(entry(other, 'Rates').getByLabel('30 unread messages')).toBeVisible()
  await entry(page, 'Rates').click()
  await expect(divider(page)).toBeInViewport()
  await log(page).focus()
  at = Date.now()
  await page.keyboard.press('Escape')
  await expect(count).toBeHidden({ timeout: 5000 })
  console.log(`unread: another device was clear ${Date.now() - at} ms after Esc`)
  await expect(divider(page)).toHaveCount(0)

  // Leaving.
  await entry(page, 'Swaps').click()
  await expect(log(page, 'Swaps')).toBeVisible()
  await bob.post(rates.guid, 'line 111')
  await expect(entry(page, 'Rates').getByLabel('1 unread message')).toBeVisible()
  await entry(page, 'Rates').click()
  await expect(divider(page)).toBeInViewport()
  await expect(count).toBeHidden()
  await entry(page, 'Swaps').click()
  await expect(log(page, 'Swaps')).toBeVisible()
  await entry(page, 'Rates').click()
  await expect(log(page).locator('[data-id="111"]')).toBeInViewport()
  await expect(divider(page)).toHaveCount(0)
})

/** Numbers that chance gives, the same in every run. */
function chance(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
}

test('counts in list, title and icon are exact on three devices through a random script of posts and reads', async ({ org }) => {
  test.slow()
  const names = ['Rates', 'Swaps', 'Metals', 'Energy']
  for (const n of names.slice(2)) await org.server.perch('room', 'add', n, '--category', 'Trading', '--member', 'alice', '--member', 'bob', '--manager', 'alice')
  const rooms = await Promise.all(names.map((n) => org.server.room(n)))
  const [alice, bob] = await Promise.all([org.api('alice'), org.api('bob')])
  for (const r of rooms) await alice.follow(r.guid)
  await alice.call('PATCH', `/my/rooms/${rooms[3]!.guid}`, { muted: true })
  const devices = [await org.open('alice', '/browse'), await org.open('alice', '/browse'), await org.open('alice', '/browse')]
  for (const d of devices) await expect(entry(d, 'Energy')).toBeVisible()

  const unread = names.map(() => 0)
  const naming = names.map(() => 0)
  const roll = chance(20261128)
  const shown = (d: Page) =>
    Promise.all([
      ...names.map(async (n) => {
        const e = entry(d, n)
        const [u, m] = await Promise.all([e.getByLabel(/unread message/).allTextContents(), e.getByLabel(/you/).allTextContents()])
        return `${n}: ${u.join() || 0} unread, ${m.join() || '@0'}`
      }),
      d.title(),
      d.locator('link[rel="icon"]').getAttribute('href'),
    ])
  const expected = () => {
    const open = [0, 1, 2] // Energy is muted, and counts in the list alone
    const [u, m] = [open.reduce((s, i) => s + unread[i]!, 0), open.reduce((s, i) => s + naming[i]!, 0)]
    const counts = [m ? `@${m}` : '', u ? String(u) : ''].filter(Boolean).join(' · ')
    const n = m || u
    const icon = n === 0 ? 'icon' : `icon-${m ? 'm' : 'u'}${n > 9 ? 'more' : n}`
    return [...names.map((name, i) => `${name}: ${unread[i]} unread, @${naming[i]}`), `${counts ? `(${counts}) ` : ''}Perch`, `/assets/${icon}.svg`]
  }

  for (let step = 1; step <= 30; step++) {
    const r = roll(names.length)
    if (roll(4) > 0) {
      for (let n = 1 + roll(4); n > 0; n--) {
        const me = roll(4) === 0
        await bob.post(rooms[r]!.guid, me ? `@Alice Archer, look at ${step}` : `step ${step}`)
        unread[r]!++
        if (me) naming[r]!++
      }
    } else {
      const d = devices[roll(devices.length)]!
      await entry(d, names[r]!).click()
      await expect(log(d, names[r])).toBeVisible()
      await log(d, names[r]).focus()
      await d.keyboard.press('Escape')
      unread[r] = naming[r] = 0
      await expect(entry(d, names[r]!).getByLabel(/unread message/)).toHaveCount(0)
      await d.getByRole('link', { name: 'Find rooms' }).first().click()
      await expect(log(d, names[r])).toBeHidden()
    }
    if (step % 5 > 0) continue
    for (const [i, d] of devices.entries()) await expect.poll(() => shown(d), { message: `device ${i + 1} after step ${step}` }).toEqual(expected())
  }
  const told = await alice.call<{ room: { name: string }; unread: number; mentions: number }[]>('GET', '/my/rooms')
  expect(names.map((n) => told.find((t) => t.room.name === n)!).map((t) => [t.unread, t.mentions])).toEqual(names.map((_, i) => [unread[i], naming[i]]))
})
