import { join } from 'node:path'

import { expect, test } from './fixtures.ts'

test('a message is marked as stored, then as sealed, and its downloaded proof is good', async ({ org }) => {
  test.setTimeout(120_000)
  const { server } = org
  const { guid } = await server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  const marks = page.getByRole('list', { name: 'What is kept of this room' })
  await expect(marks.getByText('Recorded')).toBeVisible()
  await expect(marks.getByText('Sealed')).toBeVisible()
  await page.getByRole('textbox', { name: /Write in/ }).fill('sold 5 at 2.41')
  await page.keyboard.press('Enter')
  const row = page.getByRole('log').getByRole('article').filter({ hasText: 'sold 5 at 2.41' })
  await expect(row.locator('time')).toHaveAttribute('title', /Stored|Sealed/)
  await expect(row.locator('time')).toHaveAttribute('title', /Sealed: a signed head of the archive holds it/, { timeout: 60_000 })
  await row.hover()
  const downloading = page.waitForEvent('download')
  await row.getByRole('link', { name: 'Download proof' }).click()
  const file = join(server.data, 'proof.txt')
  await (await downloading).saveAs(file)
  const said = await server.perch('archive', 'check', file, '--key', join(server.data, 'archive-keys/signing.pub'))
  expect(said).toContain('sold 5 at 2.41')
})

test('a text that an administrator replaced is shown as replaced', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const bob = await org.api('bob')
  await bob.post(guid, 'my password is hunter2')
  const page = await org.open('alice', `/room/${guid}`)
  await expect(page.getByRole('log').getByText('my password is hunter2')).toBeVisible()
  await org.server.perch('message', 'replace', 'Rates', '--words', 'hunter2', '--text', 'removed by compliance')
  const look = async () => {
    const row = page.getByRole('log').getByRole('article').filter({ hasText: 'removed by compliance' })
    await expect(row.getByText('An administrator replaced this text.')).toBeVisible()
    await expect(page.getByText('hunter2')).toHaveCount(0)
  }
  await look() // at once, without a reload
  await page.reload()
  await look()
})

test('a legal hold and how long a room is kept are named in it, with the retention class', async ({ org }) => {
  const { server } = org
  await server.perch('archive', 'retain', 'class', 'mifid', '--floor', '5y', '--reason', 'the law')
  await server.perch('category', 'set', 'Trading', '--retention', 'mifid')
  const { uri, guid } = await server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  const marks = page.getByRole('list', { name: 'What is kept of this room' })
  await expect(marks.getByText('Recorded')).toBeVisible()
  await expect(marks.getByText('Legal hold')).toHaveCount(0)
  await server.perch('archive', 'hold', 'set', 'case-7', '--room', uri, '--reason', 'a claim')
  await expect(async () => {
    await page.reload()
    await expect(marks.getByText('Legal hold')).toBeVisible({ timeout: 2000 })
  }).toPass({ timeout: 30_000 })
  await expect(marks.getByRole('listitem').filter({ hasText: 'Legal hold' })).toHaveAttribute('title', 'A legal hold covers this room: nothing in it is deleted.')
})
