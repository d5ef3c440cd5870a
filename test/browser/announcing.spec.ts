import { expect, test } from './fixtures.ts'

test('only what is posted now is announced: not what scrolling brings in', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const bob = await org.api('bob')
  for (let n = 1; n <= 400; n++) await bob.post(guid, `old line ${n}`)
  const page = await org.open('alice', `/room/${guid}`)
  const log = page.getByRole('log')
  await expect(log.getByText('old line 400')).toBeVisible()
  await expect(log).toHaveAttribute('aria-live', 'off') // its rows come and go; what is new is said apart
  await page.getByTestId('announcer').evaluate((a) => {
    const said: string[] = []
    Object.assign(window, { said })
    new MutationObserver((all) => all.forEach((m) => m.addedNodes.forEach((n) => said.push(n.textContent ?? '')))).observe(a, { childList: true, subtree: true })
  })
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said)
  await log.hover()
  await expect(async () => {
    await page.mouse.wheel(0, -3000)
    await expect(log.getByText('This is the beginning of the room.')).toBeVisible({ timeout: 100 })
  }).toPass({ timeout: 20_000, intervals: [100] })
  expect(await said()).toEqual([])
  await bob.post(guid, 'a new line')
  await expect.poll(said).toEqual(['Bob Builder: a new line'])
  await expect(page.getByTestId('announcer')).toHaveAttribute('aria-live', 'polite')

  await log.focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  const last = log.getByRole('article').filter({ hasText: 'a new line' })
  await expect(last).toBeFocused()
  await bob.post(guid, 'another')
  await expect.poll(said).toEqual(['Bob Builder: a new line', 'Bob Builder: another'])
  await expect(last).toBeFocused() // what comes in takes nobody's focus
  const alice = await org.api('alice')
  await alice.post(guid, 'my own')
  await expect(log.getByText('my own')).toBeVisible()
  expect(await said()).toHaveLength(2)
  await expect(last).toHaveAttribute('aria-posinset', '401')
})
