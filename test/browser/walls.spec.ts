import { expect, type Organisation, test } from './fixtures.ts'

/** Between bob and carol there is a wall; dave is on neither side. Bob and dave are members of a room; carol is in its category's scope. */
async function walled(org: Organisation): Promise<string> {
  const { server } = org
  await server.addUser('dave', 'Dave Dealer')
  await server.perch('category', 'set', 'Trading', '--allow', 'alice,bob,carol,dave')
  await server.perch('room', 'add', 'Lobby', '--category', 'Trading', '--manager', 'alice', '--member', 'bob', '--member', 'dave')
  const { guid } = await server.room('Lobby')
  const bob = await org.api('bob')
  expect(JSON.stringify(await bob.call('GET', '/people?prefix=car'))).toContain('Carol') // as long as there is no wall
  for (const [group, member] of [['Research', 'carol'], ['Banking', 'bob']]) {
    await server.perch('group', 'add', group!)
    await server.perch('group', 'join', group!, member!)
  }
  await server.perch('wall', 'add', 'Chinese', 'Banking', 'Research')
  return guid
}

test('nobody from the other side of a wall is offered to be named, nor found by search', async ({ org }) => {
  const guid = await walled(org)
  const page = await org.open('bob', `/room/${guid}`)
  const write = page.getByRole('textbox', { name: 'Write in Lobby' })
  const offered = page.getByRole('listbox', { name: 'People to name' })
  await write.pressSequentially('@')
  await expect(offered.getByRole('option', { name: /Dave Dealer/ })).toBeVisible()
  await expect(offered.getByRole('option', { name: /Carol/ })).toHaveCount(0)
  await write.fill('')
  await write.pressSequentially('@Da')
  await expect(offered.getByRole('option')).toHaveText([/Dave Dealer/])
  await write.fill('')
  const answered = page.waitForResponse((r) => r.url().includes('/people') && r.url().includes('prefix=Car'))
  await write.pressSequentially('@Car')
  expect(await (await answered).text()).not.toContain('Carol')
  await expect(offered).toBeHidden()
  await page.goto('/search')
  const suggested = page.waitForResponse((r) => r.url().includes('/people') && r.url().includes('prefix=car'))
  await page.getByRole('searchbox', { name: 'Search' }).fill('from:car')
  expect(await (await suggested).text()).not.toContain('Carol')
  await expect(page.getByText('Carol')).toHaveCount(0)
})

test('a call that is made by hand gets nobody from the other side of a wall into a room, and nothing about him', async ({ org }) => {
  const guid = await walled(org)
  const bob = await org.api('bob')
  for (const path of [`/people?room=${guid}&prefix=car`, '/people?prefix=car', `/people?room=${guid}`, '/people']) {
    expect(JSON.stringify(await bob.call('GET', path)), path).not.toContain('Carol')
  }
  const alice = await org.api('alice')
  const carol = (await org.api('carol').then((c) => c.call<{ me: { guid: string } }>('GET', '/session'))).me.guid
  const presence = await bob.call<{ guid: string; state: string }[]>('GET', `/people/presence?user=${carol}`).catch(() => [])
  for (const p of presence) expect(p.state).toBe('unknown')
  // Whatever a manager sends, bob and carol are never both let into a room.
  const rates = await org.server.room('Rates')
  const room = await alice.call<{ version: number }>('GET', `/rooms/${rates.guid}`)
  await alice.call('PATCH', `/rooms/${rates.guid}`, { version: room.version, members: { add: [carol] } }).catch(() => undefined)
  const carolHerself = await org.api('carol')
  const reads = async (who: typeof bob) => who.call('GET', `/rooms/${rates.guid}/messages`).then(() => true, () => false)
  expect([await reads(bob), await reads(carolHerself)].filter(Boolean).length).toBeLessThan(2)
  const posts = async (who: typeof bob) => who.post(rates.guid, 'through the wall').then(() => true, () => false)
  expect([await posts(bob), await posts(carolHerself)].filter(Boolean).length).toBeLessThan(2)
})
