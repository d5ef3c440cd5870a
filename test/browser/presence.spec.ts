import { type Page } from '@playwright/test'

import { connected, expect, test } from './fixtures.ts'

/** Somebody's line in the list of who is in the room now. */
const rowOf = (page: Page, name: string) => page.getByRole('complementary', { name: 'In the room now' }).getByRole('listitem').filter({ hasText: name })

test('whether somebody is there comes from his old client, as a shape and a word', async ({ org }) => {
  const { uri, guid } = await org.server.room('Rates')
  const bob = await org.sipe('bob')
  await bob.enter(uri, 'Rates')
  const page = await org.open('alice', `/room/${guid}?panel=people`)
  const row = rowOf(page, 'Bob Builder')
  await expect(row).toBeVisible()
  await expect(row.getByRole('img', { name: 'Available' })).toBeVisible()
  await expect(row.getByText('Available')).toBeVisible()
  await expect(row.locator('svg path')).toHaveAttribute('d', /M/) // not the colour alone

  bob.do('disconnect')
  let from = performance.now()
  await expect(row).toHaveCount(0, { timeout: 5000 })
  const off = Math.round(performance.now() - from)
  const alice = await org.api('alice')
  const { people } = await alice.call<{ people: { guid: string }[] }>('GET', '/people?prefix=bob')
  const state = async () => (await alice.call<{ state: string }[]>('GET', `/people/presence?user=${people[0]!.guid}`))[0]?.state
  await expect.poll(state, { timeout: 5000 }).toMatch(/offline|unknown/)

  bob.do('connect')
  await bob.await('signed-on')
  from = performance.now()
  await expect.poll(state, { timeout: 5000 }).toBe('available')
  console.log(`presence: gone after ${off} ms, back after ${Math.round(performance.now() - from)} ms`)
  await bob.await('chat-ready')
  await bob.enter(uri, 'Rates')
  await expect(row.getByRole('img', { name: 'Available' })).toBeVisible({ timeout: 5000 })
})

test('what an old client sets is shown by the web client, with its note', async ({ org }) => {
  const { uri, guid } = await org.server.room('Rates')
  const bob = await org.sipe('bob')
  await bob.enter(uri, 'Rates')
  const page = await org.open('alice', `/room/${guid}?panel=people`)
  const row = rowOf(page, 'Bob Builder')
  await expect(row.getByRole('img', { name: 'Available' })).toBeVisible()
  const shapes = new Set([await row.locator('svg path').getAttribute('d')])
  const took: string[] = []
  for (const [status, word] of [['busy', 'Busy'], ['do-not-disturb', 'Do not disturb'], ['away', 'Away'], ['available', 'Available']] as const) {
    bob.do('status', status, `note of ${status}`)
    await bob.await('publishing') // the plugin itself waits before it says so
    const from = performance.now()
    await expect(row.getByRole('img', { name: word, exact: true })).toBeVisible({ timeout: 5000 })
    took.push(`${status} ${Math.round(performance.now() - from)} ms`)
    await expect(row).toContainText(`note of ${status}`, { timeout: 5000 })
    shapes.add(await row.locator('svg path').getAttribute('d'))
  }
  console.log(`presence: ${took.join(', ')}`)
  expect(shapes.size).toBe(4) // each has its own shape, so that no colour is needed
})

test('an old client shows whether somebody is at his web client, has left it alone, or is gone', async ({ org }) => {
  const alice = await org.sipe('alice')
  const bobs = 'sip:bob@example.test'
  alice.do('buddy', bobs)
  const page = await org.open('bob')
  await page.clock.install()
  await page.reload()
  await alice.await('buddy', bobs, 'available')
  await connected(page)
  await page.clock.fastForward('05:10')
  await alice.await('buddy', bobs, 'away')
  await page.mouse.move(40, 40)
  await page.mouse.move(80, 80)
  await alice.await('buddy', bobs, 'available')
  const from = performance.now()
  await page.close()
  await alice.await('buddy', bobs, 'offline')
  console.log(`presence: the web client's going is known after ${Math.round(performance.now() - from)} ms`)
})
