import type { Page } from '@playwright/test'

import { expect, test } from './fixtures.ts'

const links = (page: Page) => page.getByRole('list', { name: 'Rooms' }).getByRole('link')

test('rooms are put in order by hand and by keys, made favourites, muted and folded away; so they are after a reload and on another device', async ({ org }) => {
  const { server } = org
  for (const name of ['Bunds', 'Gilts']) await server.perch('room', 'add', name, '--category', 'Trading', '--member', 'alice', '--member', 'bob')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  const rooms = await Promise.all(['Bunds', 'Gilts', 'Rates', 'Swaps'].map((name) => server.room(name)))
  for (const r of rooms) await alice.follow(r.guid)
  const page = await org.open('alice', '/browse')
  const other = await org.open('alice', '/browse')
  const all = async (names: string[]) => {
    for (const p of [page, other]) await expect(links(p)).toHaveText(names.map((n) => new RegExp(n)))
  }
  await all(['Bunds', 'Gilts', 'Rates', 'Swaps'])

  await links(page).filter({ hasText: 'Swaps' }).focus()
  await page.keyboard.press('Shift+ArrowUp')
  await all(['Bunds', 'Gilts', 'Swaps', 'Rates'])

  await links(page).filter({ hasText: 'Rates' }).dragTo(links(page).filter({ hasText: 'Bunds' }))
  await all(['Rates', 'Bunds', 'Gilts', 'Swaps'])

  const menu = async (room: string, item: string) => {
    await links(page).filter({ hasText: room }).click()
    await page.getByRole('region', { name: room }).getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await menu('Gilts', 'Add to favourites')
  await all(['Gilts', 'Rates', 'Bunds', 'Swaps'])
  const favourites = page.getByRole('button', { name: /Favourites/ })
  await expect(favourites).toHaveAttribute('aria-expanded', 'true')
  await links(page).filter({ hasText: 'Swaps' }).dragTo(favourites)
  await all(['Swaps', 'Gilts', 'Rates', 'Bunds'])

  await menu('Bunds', 'Mute')
  await expect(links(other).filter({ hasText: 'Bunds' }).getByRole('img', { name: 'Muted' })).toBeVisible()
  await links(page).filter({ hasText: 'Rates' }).click()
  await favourites.click()
  await expect(links(page)).toHaveText([/Rates/, /Bunds/])
  await bob.post(rooms[3]!.guid, 'news of a room that is folded away')
  await expect(favourites).toContainText('1')
  await page.reload()
  await expect(links(page)).toHaveText([/Rates/, /Bunds/])
  await page.getByRole('button', { name: /Favourites/ }).click()
  await page.getByRole('button', { name: 'Only rooms with something unread' }).click()
  await expect(links(page)).toHaveText([/Swaps/, /Rates/]) // and the one that is open
})
