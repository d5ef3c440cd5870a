import { expect, test } from './fixtures.ts'

test('a copied link opens after sign-in in a fresh browser at the message: centred, highlighted, with ten lines on each side', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const bob = await org.api('bob')
  for (let i = 1; i <= 120; i++) await bob.post(guid, `line ${i}`)
  const page = await org.open('alice', `/room/${guid}/60`)
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: org.server.url })
  await page.getByText('line 60', { exact: true }).hover()
  await page.getByRole('toolbar').getByRole('button', { name: 'Copy link' }).click()
  const link = await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain(`/room/${guid}/60`).then(() => page.evaluate(() => navigator.clipboard.readText()))

  const there = await org.open('bob', link)
  const log = there.getByRole('log', { name: 'Messages in Rates' })
  const message = log.locator('[data-id="60"]')
  await expect(message).toBeInViewport({ ratio: 0.95 })
  await expect(message).toContainText('line 60')
  await expect
    .poll(async () => {
      const [box, view] = await Promise.all([message.boundingBox(), log.boundingBox()])
      return Math.abs(box!.y + box!.height / 2 - (view!.y + view!.height / 2))
    }, { message: 'px off the middle' })
    .toBeLessThanOrEqual(10)
  const colour = (id: number) => log.locator(`[data-id="${id}"] article`).evaluate((el) => getComputedStyle(el).backgroundColor)
  expect(await colour(60)).not.toBe(await colour(59))
  expect(await colour(58)).toBe(await colour(59))
  for (let d = 1; d <= 10; d++) {
    await expect(log.locator(`[data-id="${60 - d}"]`)).toBeInViewport({ ratio: 0.95 })
    await expect(log.locator(`[data-id="${60 + d}"]`)).toBeInViewport({ ratio: 0.95 })
  }
})

test('a link to a room that one may not see is refused clearly, and nothing that comes over the wire has its title', async ({ org }) => {
  await org.server.perch('room', 'add', 'Project Kestrel', '--category', 'Trading', '--privacy', 'secret', '--member', 'alice', '--member', 'bob', '--manager', 'alice')
  const { guid } = await org.server.room('Project Kestrel')
  const bob = await org.api('bob')
  for (let i = 1; i <= 20; i++) await bob.post(guid, `line ${i}`)
  for (const user of ['carol', 'mallory']) {
    const page = await org.open(user)
    const leaks: string[] = []
    const answers: Promise<unknown>[] = []
    let refusals = 0
    page.on('response', (r) => {
      if (!r.url().includes('/api/')) return
      if (r.status() === 404 || r.status() === 403) refusals++
      answers.push(r.text().then((t) => /Kestrel|line \d/.test(t) && leaks.push(`${r.url()}: ${t}`)).catch(() => undefined))
    })
    await page.goto(`/room/${guid}/10`)
    await expect(page.getByText('There is no such room, or you may not see it')).toBeVisible()
    await expect(page.getByText('If somebody sent you here')).toBeVisible()
    await Promise.all(answers)
    expect(refusals).toBeGreaterThan(0)
    expect(leaks).toEqual([])
    expect(await page.content()).not.toContain('Kestrel')
    expect(await page.title()).not.toContain('Kestrel')
  }
})
