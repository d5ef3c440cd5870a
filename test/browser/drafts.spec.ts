import { expect, test } from './fixtures.ts'

test('a draft with its caret survives a reload and the end of its tab, is on another device within three seconds, and marks the room', async ({ org }) => {
  const { server } = org
  const [rates, swaps] = [await server.room('Rates'), await server.room('Swaps')]
  const alice = await org.api('alice')
  await alice.follow(rates.guid)
  await alice.follow(swaps.guid)
  const page = await org.open('alice', `/room/${rates.guid}`)
  const other = await org.open('alice', `/room/${rates.guid}`)
  const write = page.getByRole('textbox', { name: 'Write in Rates' })
  await write.focus()
  await page.keyboard.type('half a thought')
  for (let n = 0; n < 8; n++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.type('X')
  const from = performance.now()
  await expect(other.getByRole('textbox', { name: 'Write in Rates' })).toHaveValue('half aX thought')
  console.log(`draft: on the other device after ${Math.round(performance.now() - from)} ms`)

  await page.reload()
  await expect(write).toHaveValue('half aX thought')
  expect(await write.evaluate((t: HTMLTextAreaElement) => t.selectionStart)).toBe(7)

  // The tab is gone: what the server has is what there is.
  const context = page.context()
  await page.close()
  const again = await context.newPage()
  await again.goto(`/room/${rates.guid}`)
  await expect(again.getByRole('textbox', { name: 'Write in Rates' })).toHaveValue('half aX thought')

  // Each room has its own, and the list says which have one.
  await again.getByRole('navigation').getByRole('link', { name: /Swaps/ }).click()
  await expect(again.getByRole('textbox', { name: 'Write in Swaps' })).toHaveValue('')
  await expect(again.getByRole('navigation').getByRole('link', { name: /Rates/ }).getByRole('img', { name: 'Draft' })).toBeVisible()
  await again.getByRole('navigation').getByRole('link', { name: /Rates/ }).click()
  await again.getByRole('textbox', { name: 'Write in Rates' }).press('Enter')
  await expect(again.getByRole('log').getByText('half aX thought')).toBeVisible()
  await expect(other.getByRole('textbox', { name: 'Write in Rates' })).toHaveValue('')
  await expect.poll(() => alice.call('GET', '/my/drafts')).toEqual([])
})

test('a draft is its writer\'s alone', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  await page.getByRole('textbox', { name: 'Write in Rates' }).pressSequentially('not for bob')
  const alice = await org.api('alice')
  await expect.poll(async () => (await alice.call<unknown[]>('GET', '/my/drafts')).length).toBe(1)
  expect(await (await org.api('bob')).call('GET', '/my/drafts')).toEqual([])
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('not for bob') // nothing stays on the device
})
