import type { Page } from '@playwright/test'

import { expect, test } from './fixtures.ts'

const broken = (of: Page | ReturnType<Page['getByRole']>) => of.getByRole('alert', { name: 'This cannot be shown' })

/** Makes the server answer something that cannot be drawn, until it is let go. */
async function spoil(page: Page, url: RegExp, answer: unknown): Promise<() => Promise<void>> {
  await page.route(url, (route) => route.fulfill({ json: answer }))
  return () => page.unroute(url)
}

test('a pane that cannot be drawn says so with what happened, the room beside it goes on, and it can be tried again', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  const write = page.getByRole('textbox', { name: 'Write in Rates' })
  await write.fill('before')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('before')).toBeVisible()
  const mend = await spoil(page, /\/participants$/, [null])
  await page.getByRole('button', { name: /in the room/ }).click()
  const panel = page.getByRole('complementary', { name: 'In the room now' })
  await expect(broken(panel)).toBeVisible()
  await panel.getByText('What happened').click()
  await expect(panel.getByText(/TypeError/)).toBeVisible()
  await write.fill('goes on')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('goes on')).toBeVisible()
  await mend()
  await panel.getByRole('button', { name: 'Try again' }).click()
  await expect(panel.getByText('Alice Archer')).toBeVisible()
  await expect(broken(page)).toHaveCount(0)
})

test('of two rooms beside each other the one that cannot be drawn does not take the other with it', async ({ org }) => {
  const [rates, swaps] = [await org.server.room('Rates'), await org.server.room('Swaps')]
  const page = await org.open('alice', `/room/${swaps.guid}`)
  await expect(page.getByRole('textbox', { name: 'Write in Swaps' })).toBeVisible()
  await spoil(page, new RegExp(`/rooms/${rates.guid}$`), { guid: rates.guid, name: 'Rates' }) // says nothing of what one may do there
  await page.goto(`/room/${swaps.guid}?with=${rates.guid}`)
  await expect(broken(page)).toHaveCount(1)
  await page.getByRole('textbox', { name: 'Write in Swaps' }).fill('still here')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('still here')).toBeVisible()
  await page.getByRole('link', { name: 'Search' }).click() // and one gets away
  await expect(page.getByRole('searchbox', { name: 'Search' })).toBeVisible()
  await expect(broken(page)).toHaveCount(0)
})

test('a page that cannot be drawn leaves the list of pages, and reloading brings it back', async ({ org }) => {
  await org.server.perch('duty', 'grant', 'alice@example.test', 'administrator')
  const page = await org.open('alice', '/admin')
  const mend = await spoil(page, /\/admin\/usage/, {})
  const nav = page.getByRole('navigation', { name: 'Administration' })
  await nav.getByRole('link', { name: 'Usage' }).click()
  await expect(broken(page)).toBeVisible()
  await nav.getByRole('link', { name: 'Users' }).click()
  await expect(page.getByRole('table', { name: 'Users' })).toBeVisible()
  await nav.getByRole('link', { name: 'Usage' }).click()
  await mend()
  await broken(page).getByRole('button', { name: 'Reload' }).click()
  await expect(page.getByRole('table', { name: 'Most active rooms' })).toBeVisible()
  // What is open of a list, too, leaves the list.
  const again = await spoil(page, /\/admin\/users\/bob$/, { groups: 5 })
  await nav.getByRole('link', { name: 'Users' }).click()
  await page.getByRole('table', { name: 'Users' }).getByRole('button', { name: 'bob' }).click()
  await expect(broken(page.getByRole('complementary', { name: 'bob' }))).toBeVisible()
  await page.getByRole('table', { name: 'Users' }).getByRole('button', { name: 'carol' }).click()
  await expect(page.getByText('sip:carol@example.test')).toBeVisible()
  await again()
})
