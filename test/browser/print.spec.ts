import { expect, test } from './fixtures.ts'

test('some days of a room are printed as one page that says what it is, with every message and nothing else', async ({ org }) => {
  test.setTimeout(120_000)
  const { guid } = await org.server.room('Rates')
  const bob = await org.api('bob')
  for (let n = 1; n <= 60; n++) await bob.post(guid, `line ${n} <b>plain</b>`)
  const page = await org.open('alice', `/room/${guid}`)
  await page.context().addInitScript(() => {
    const w = window as unknown as { prints: number }
    w.prints = 0
    window.print = () => void w.prints++
  })
  await page.getByRole('region', { name: 'Rates' }).getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Print' }).click()
  const opening = page.waitForEvent('popup')
  await page.getByRole('dialog', { name: 'Print' }).getByRole('button', { name: 'Print' }).click()
  const print = await opening
  await expect(print.getByRole('article')).toHaveCount(60)
  await expect(print.getByRole('heading', { name: 'Rates' })).toBeVisible()
  await expect(print.getByRole('article').nth(59)).toContainText('line 60 <b>plain</b>')
  await expect(print.getByRole('article').first()).toContainText('Bob Builder sip:bob@example.test')
  await expect(print.getByText('Alice Archer')).toBeVisible() // who printed it
  await expect.poll(() => print.evaluate(() => (window as unknown as { prints: number }).prints)).toBe(1)
  // On paper there are no buttons, and the page goes on over as many sheets as it takes.
  await print.emulateMedia({ media: 'print' })
  await expect(print.getByRole('button', { name: 'Print' })).toBeHidden()
  const pdf = (await print.pdf()).toString('latin1')
  expect(pdf.match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(1)

  // Days on which nothing was said.
  await print.goto(`/print/${guid}?from=2020-01-01&to=2020-01-02`)
  await expect(print.getByRole('heading', { name: 'Rates' })).toBeVisible()
  await expect(print.getByRole('article')).toHaveCount(0)
})
