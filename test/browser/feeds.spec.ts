import { connected, expect, test } from './fixtures.ts'

test('a feed gathers what was posted before it was made, then from three rooms as they come, is there after a reload, and respects a muted room', async ({ org }) => {
  const { server } = org
  await server.perch('room', 'add', 'Credit', '--category', 'Trading', '--member', 'alice', '--member', 'bob')
  const rooms = await Promise.all(['Rates', 'Swaps', 'Credit'].map((name) => server.room(name)))
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  for (const r of rooms) await alice.follow(r.guid)
  await bob.post(rooms[0]!.guid, 'VOD.L before there was a feed')
  const page = await org.open('alice', '/feed/new')
  await page.getByLabel('Name').fill('Vodafone')
  await page.getByLabel('Words').fill('VOD.L')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name: 'Vodafone' })).toBeVisible()
  const hits = page.getByRole('list', { name: 'Messages found' }).locator('> li')
  await expect(hits).toHaveText([/VOD\.L before there was a feed/])
  const took: number[] = []
  await connected(page)
  for (const [n, r] of rooms.entries()) {
    const text = `VOD.L trades at ${70 + n}`
    const posted = bob.post(r.guid, text)
    const from = performance.now()
    await expect(hits.filter({ hasText: text })).toBeVisible()
    took.push(Math.round(performance.now() - from))
    await posted
  }
  console.log(`feed: from posting to the page in ${took.join(', ')} ms`)
  await bob.post(rooms[0]!.guid, 'VODKA.L is another share')
  await page.reload()
  await expect(hits).toHaveCount(4)
  await expect(page.getByRole('navigation').getByRole('link', { name: 'Vodafone' })).toBeVisible()

  await page.getByRole('navigation').getByRole('link', { name: 'Find rooms' }).click()
  await alice.call('PATCH', `/my/rooms/${rooms[1]!.guid}`, { muted: true })
  const entry = page.getByRole('navigation').getByRole('link', { name: /^Vodafone/ })
  await expect(page.getByRole('navigation').getByRole('link', { name: /Swaps/ }).getByRole('img', { name: 'Muted' })).toBeVisible()
  await bob.post(rooms[1]!.guid, 'VOD.L in a muted room')
  await bob.post(rooms[2]!.guid, 'VOD.L in another')
  await expect(entry).toHaveText(/Vodafone\s*1$/)
  await entry.click()
  await expect(hits.filter({ hasText: 'VOD.L in another' })).toBeVisible()
})

test('what was posted while nobody looked is gathered as well', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(guid)
  const page = await org.open('alice', '/feed/new')
  await page.getByLabel('Name').fill('Gilts')
  await page.getByLabel('Words').fill('gilt')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { name: 'Gilts' })).toBeVisible()
  const at = page.url()
  await page.close()
  await bob.post(guid, 'a gilt while nobody looked')
  const again = await org.open('alice', new URL(at).pathname)
  await expect(again.getByRole('list', { name: 'Messages found' }).getByText('a gilt while nobody looked')).toBeVisible()
})

test('everybody has a feed of messages that name him', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(guid)
  await bob.post(guid, 'nothing for anybody')
  await bob.post(guid, 'can Alice Archer confirm?')
  const page = await org.open('alice', '/feed/mentions')
  const hits = page.getByRole('list', { name: 'Messages found' }).locator('> li')
  await expect(hits).toHaveCount(1)
  await expect(hits).toContainText('can Alice Archer confirm?')
  await connected(page)
  await bob.post(guid, 'Alice Archer: once more')
  await expect(hits.first()).toContainText('Alice Archer: once more')
  await expect(hits).toHaveCount(2)
})
