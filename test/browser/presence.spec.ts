import { expect, test } from './fixtures.ts'

test('whether somebody is there comes from his old client within two seconds, as a shape and a word', async ({ org }) => {
  const { uri, guid } = await org.server.room('Rates')
  const bob = await org.sipe('bob')
  await bob.enter(uri, 'Rates')
  const page = await org.open('alice', `/room/${guid}?panel=people`)
  const row = page.getByRole('complementary', { name: 'In the room now' }).getByRole('listitem').filter({ hasText: 'Bob Builder' })
  await expect(row).toBeVisible()
  await expect(row.getByRole('img', { name: 'Available' })).toBeVisible()
  await expect(row.getByText('Available')).toBeVisible()
  await expect(row.locator('svg path')).toHaveAttribute('d', /M/) // not the colour alone

  bob.do('disconnect')
  let from = performance.now()
  await expect(row).toHaveCount(0, { timeout: 2000 })
  const off = Math.round(performance.now() - from)
  const alice = await org.api('alice')
  const { people } = await alice.call<{ people: { guid: string }[] }>('GET', '/people?prefix=bob')
  const state = async () => (await alice.call<{ state: string }[]>('GET', `/people/presence?user=${people[0]!.guid}`))[0]?.state
  await expect.poll(state, { timeout: 2000 }).toMatch(/offline|unknown/)

  bob.do('connect')
  await bob.await('signed-on')
  from = performance.now()
  await expect.poll(state, { timeout: 2000 }).toBe('available')
  console.log(`presence: gone after ${off} ms, back after ${Math.round(performance.now() - from)} ms`)
  await bob.await('chat-ready')
  await bob.enter(uri, 'Rates')
  await expect(row.getByRole('img', { name: 'Available' })).toBeVisible({ timeout: 2000 })
})
