import { expect, test } from './fixtures.ts'

test('the help lists exactly the keys that are bound, and each of them does what it says', async ({ org }) => {
  const { server } = org
  const [rates, swaps] = [await server.room('Rates'), await server.room('Swaps')]
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(rates.guid)
  await alice.follow(swaps.guid)
  for (let n = 1; n <= 5; n++) await bob.post(rates.guid, `line ${n}`)
  const page = await org.open('alice', `/room/${rates.guid}`)
  const log = page.getByRole('log')
  const write = page.getByRole('textbox', { name: 'Write in Rates' })
  await expect(log.getByText('line 5')).toBeVisible()
  await log.focus()
  const dialog = page.getByRole('dialog', { name: 'Keyboard' })
  await page.keyboard.press('?')
  await expect(dialog).toBeVisible()
  const listed = await dialog.locator('[data-keys]').evaluateAll((all) => all.map((e) => (e as HTMLElement).dataset.keys))
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  const room = (guid: string) => expect(page).toHaveURL(new RegExp(`/room/${guid}`))
  const at = async (text: string) => expect(log.getByRole('article').filter({ hasText: text })).toBeFocused()

  // Every key that is bound, in the order of the help, with what must come of it.
  const does: Record<string, () => Promise<void>> = {
    'Mod+K': async () => {
      await page.keyboard.press('Control+k')
      await expect(page.getByRole('combobox', { name: 'Go to a room' })).toBeFocused()
      await page.keyboard.type('swa')
      await page.keyboard.press('Enter')
      await room(swaps.guid)
    },
    'Mod+F': async () => {
      await page.keyboard.press('Control+f')
      await expect(page.getByRole('searchbox', { name: 'Search' })).toBeFocused()
      await page.goBack()
      await room(swaps.guid)
    },
    'Alt+ArrowUp': async () => {
      await page.keyboard.press('Alt+ArrowUp')
      await room(rates.guid)
    },
    'Alt+ArrowDown': async () => {
      await page.keyboard.press('Alt+ArrowDown')
      await room(swaps.guid)
    },
    'Alt+Shift+ArrowUp': async () => {
      await bob.post(rates.guid, 'unread one')
      await expect(page.getByRole('navigation').getByRole('link', { name: /Rates/ })).toContainText('1')
      await page.keyboard.press('Alt+Shift+ArrowUp')
      await room(rates.guid)
    },
    'Alt+Shift+ArrowDown': async () => {
      await bob.post(swaps.guid, 'unread two')
      await expect(page.getByRole('navigation').getByRole('link', { name: /Swaps/ })).toContainText('1')
      await page.keyboard.press('Alt+Shift+ArrowDown')
      await room(swaps.guid)
    },
    'Alt+ArrowLeft': async () => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type('rat')
      await page.keyboard.press('Control+Enter') // beside
      await expect(page).toHaveURL(new RegExp(`/room/${swaps.guid}\\?with=${rates.guid}`))
      await expect(write).toBeVisible()
      await page.keyboard.press('Alt+ArrowLeft')
      await expect(page.getByRole('textbox', { name: 'Write in Swaps' })).toBeFocused()
    },
    'Alt+ArrowRight': async () => {
      await page.keyboard.press('Alt+ArrowRight')
      await expect(write).toBeFocused()
    },
    Escape: async () => {
      await page.goto(`/room/${rates.guid}`)
      await expect(write).toBeFocused()
      await page.keyboard.press('Escape')
      await expect.poll(async () => (await alice.call<{ unread: number }[]>('GET', '/my/rooms')).map((m) => m.unread)).toEqual([0, 0])
    },
    W: async () => {
      await log.focus()
      await page.keyboard.press('w')
      await expect(write).toBeFocused()
      await expect(write).toHaveValue('')
    },
    '?': async () => {
      await page.keyboard.type('?') // while one writes it is a sign
      await expect(write).toHaveValue('?')
      await write.fill('')
      await log.focus()
      await page.keyboard.press('?')
      await expect(dialog).toBeVisible()
      await page.keyboard.press('Escape')
    },
    'history Enter': async () => {
      await log.focus()
      await page.keyboard.press('Enter')
      await at('unread one')
      await expect(page.getByRole('toolbar')).toBeVisible()
    },
    'history ArrowUp': async () => {
      await page.keyboard.press('ArrowUp')
      await at('line 5')
    },
    'history ArrowDown': async () => {
      await page.keyboard.press('ArrowDown')
      await at('unread one')
    },
    'history Home': async () => {
      for (let n = 0; n < 60; n++) await bob.post(rates.guid, `more ${n}`)
      await expect(log.getByText('more 59')).toBeVisible()
      await log.focus()
      await page.keyboard.press('Home')
      await expect(log.getByText('line 1', { exact: true })).toBeInViewport()
      await expect(log.getByText('more 59')).not.toBeInViewport()
    },
    'history End': async () => {
      await page.keyboard.press('End')
      await expect(log.getByText('more 59')).toBeInViewport()
      await expect(log.getByText('line 1', { exact: true })).not.toBeInViewport()
    },
    'composer Enter': async () => {
      await write.fill('by a key')
      await page.keyboard.press('Enter')
      await expect(log.getByText('by a key')).toBeVisible()
    },
    'composer Shift+Enter': async () => {
      await page.keyboard.type('a')
      await page.keyboard.press('Shift+Enter')
      await page.keyboard.type('b')
      await expect(write).toHaveValue('a\nb')
      await write.fill('')
    },
    'composer @': async () => {
      await page.keyboard.type('@bo')
      await expect(page.getByRole('option')).toHaveText([/Bob Builder/])
      await page.keyboard.press('Enter')
      await expect(write).toHaveValue('@Bob Builder ')
    },
  }
  expect(listed).toEqual(Object.keys(does).map((k) => k.split(' ').at(-1)))
  for (const [keys, check] of Object.entries(does)) await test.step(keys, check)
})

test('a line that has the keyboard and is scrolled out of the page leaves it to the history', async ({ org }) => {
  const rates = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(rates.guid)
  for (let n = 1; n <= 120; n++) await bob.post(rates.guid, `line ${n}`)
  const page = await org.open('alice', `/room/${rates.guid}`)
  const log = page.getByRole('log')
  await expect(log.getByText('line 1', { exact: true })).toBeVisible()
  await log.focus()
  await page.keyboard.press('End')
  await expect(log.getByText('line 120', { exact: true })).toBeInViewport()
  await page.keyboard.press('Enter')
  const last = log.getByRole('article').filter({ hasText: 'line 120' })
  await expect(last).toBeFocused()
  await log.hover()
  await page.mouse.wheel(0, -2500)
  await expect(last).toHaveCount(0)
  await expect(log).toBeFocused()
  await page.keyboard.press('End')
  await expect(last).toBeInViewport()
})
