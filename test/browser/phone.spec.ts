import { expect, signIn, test } from './fixtures.ts'

test('on a phone one pane at a time, by touch alone, from signing in to posting and out again', async ({ org }) => {
  const rates = await org.server.room('Rates')
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  await alice.follow(rates.guid)
  await bob.post(rates.guid, 'hello from the desk')
  const page = await org.open('alice', '/', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
  const list = page.getByRole('navigation', { name: 'Rooms and feeds' })
  await expect(list).toBeVisible()
  await list.getByRole('link', { name: /Rates/ }).tap()
  await expect(page.getByRole('log').getByText('hello from the desk')).toBeVisible()
  await expect(list).toBeHidden()
  const write = page.getByRole('textbox', { name: 'Write in Rates' })
  await write.tap()
  await page.keyboard.insertText('from the train')
  await page.getByRole('button', { name: 'Post', exact: true }).tap()
  await expect(page.getByRole('log').getByText('from the train')).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  for (const b of [page.getByRole('button', { name: 'Post', exact: true }), page.getByRole('button', { name: 'Back to the rooms' })]) {
    const box = (await b.boundingBox())!
    expect(Math.min(box.width, box.height), 'big enough for a finger').toBeGreaterThanOrEqual(24) // WCAG 2.5.8
  }
  await page.getByRole('button', { name: /people? in the room|person in the room/ }).tap()
  await expect(page.getByRole('complementary', { name: 'In the room now' })).toBeInViewport()
  await page.getByRole('complementary').getByRole('button', { name: 'Close' }).tap()
  await page.getByRole('button', { name: 'Back to the rooms' }).tap()
  await expect(list).toBeVisible()
  await list.getByRole('link', { name: 'Search', exact: true }).tap()
  await page.getByRole('searchbox', { name: 'Search' }).fill('desk')
  await page.getByRole('button', { name: 'Search', exact: true }).tap()
  await page.getByRole('list', { name: 'Messages found' }).getByRole('link').first().tap()
  await expect(page.getByRole('log').getByText('hello from the desk')).toBeInViewport()
  await page.getByRole('button', { name: 'Back to the rooms' }).tap()
  await list.getByRole('button', { name: 'More' }).tap()
  await page.getByRole('menuitem', { name: 'Sign out' }).tap()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await signIn(page, 'alice')
  await expect(list).toBeVisible()
})

test('six rooms in windows of their own are all live, over the one connection that the first window has', async ({ org }) => {
  const { server } = org
  const names = ['Bunds', 'Credit', 'Gilts', 'Rates', 'Swaps', 'Vols']
  for (const name of names.filter((n) => n !== 'Rates' && n !== 'Swaps')) await server.perch('room', 'add', name, '--category', 'Trading', '--member', 'alice', '--member', 'bob')
  const rooms = await Promise.all(names.map((n) => server.room(n)))
  const [alice, bob] = [await org.api('alice'), await org.api('bob')]
  for (const r of rooms) await alice.follow(r.guid)
  const page = await org.open('alice', `/room/${rooms[0]!.guid}`)
  const windows = []
  for (const r of rooms) {
    await page.getByRole('navigation').getByRole('link', { name: new RegExp(r.name) }).click()
    const column = page.getByRole('region', { name: r.name })
    await column.getByRole('button', { name: 'More' }).click()
    const opening = page.waitForEvent('popup')
    await page.getByRole('menuitem', { name: 'Open in a window of its own' }).click()
    const w = await opening
    await expect(w.getByRole('textbox', { name: `Write in ${r.name}` })).toBeVisible()
    await expect(w.getByRole('navigation')).toHaveCount(0)
    windows.push(w)
  }
  for (const [n, r] of rooms.entries()) {
    const from = performance.now()
    await bob.post(r.guid, `live in ${r.name}`)
    await expect(windows[n]!.getByRole('log').getByText(`live in ${r.name}`)).toBeVisible()
    console.log(`pop-out: ${r.name} after ${Math.round(performance.now() - from)} ms`)
  }
  // What the server counts: of alice's sessions one is connected; and of sockets there is one.
  const cdp = await page.context().browser()!.newBrowserCDPSession()
  const { targetInfos } = (await cdp.send('Target.getTargets')) as { targetInfos: { type: string; url: string }[] }
  const workers = targetInfos.filter((t) => t.type === 'shared_worker' && t.url.startsWith(server.url))
  expect(workers).toHaveLength(1)
  const sockets = await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => e.name.includes('/events')).length)
  expect(sockets).toBe(0) // no window has one
})
