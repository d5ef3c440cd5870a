import { expect, test } from './fixtures.ts'

test('a person signs in, finds a room, posts; an old client in the room sees it, and answers', async ({ org }) => {
  const { uri, guid } = await org.server.room('Rates')
  const bob = await org.sipe('bob')
  await bob.enter(uri, 'Rates')
  const page = await org.open('alice')
  await page.goto(`/room/${guid}`)
  await page.getByRole('textbox', { name: /Rates/ }).fill('10y at 2.41')
  await page.keyboard.press('Enter')
  await bob.await('message', 'Rates', 'sip:alice@example.test', '10y at 2.41')
  bob.do('post', 'Rates', 'mine')
  await expect(page.getByRole('log').getByText('mine')).toBeVisible()
})
