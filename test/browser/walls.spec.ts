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

/** What the sealed archive tells of refusals at the wall: "who action room about", without the domain. */
async function refusals(org: Organisation): Promise<string[]> {
  const out = JSON.parse(await org.server.perch('archive', 'contacts', '--wall', 'Chinese', '--json')) as {
    refused: null | { person: string; action?: string; name?: string; with?: string[] }[]
  }
  const short = (uri: string) => uri.replace(/^sip:|@example\.test$/g, '')
  return (out.refused ?? []).map((x) => [short(x.person), x.action, x.name ?? '-', ...(x.with ?? []).map(short)].join(' '))
}

test('calls that are made by hand are refused at a wall and on record: to find people, to name them, to add them, to read and to post', async ({ org }) => {
  test.setTimeout(120_000)
  const guid = await walled(org)
  const [alice, bob, carol] = [await org.api('alice'), await org.api('bob'), await org.api('carol')]
  const me = (who: typeof bob) => who.call<{ me: { guid: string } }>('GET', '/session').then((s) => s.me.guid)
  const carols = await me(carol)
  const refused = (call: Promise<unknown>, status: number) => expect(call).rejects.toThrow(new RegExp(`: ${status} `))

  // Bob, who stands at the wall: there is nobody, in whatever way he asks.
  for (const path of [`/people?room=${guid}&prefix=car`, '/people?prefix=car', `/people?room=${guid}`, '/people', '/people?prefix=carol', `/people/presence?user=${carols}`]) {
    expect(JSON.stringify(await bob.call('GET', path)), path).not.toMatch(new RegExp(`Carol|${carols}`))
  }
  await refused(bob.call('POST', '/search', { mentions: [carols] }), 404)
  await bob.post(guid, 'hello @Carol Clerk, are you there?') // a text may hold any name; she is not told
  // Bob's own room: he cannot make her a member, and is not told why.
  await org.server.perch('category', 'set', 'Trading', '--creator', 'bob')
  const trading = (await bob.call<{ guid: string; name: string }[]>('GET', '/categories'))[0]!.guid
  await refused(bob.call('POST', '/rooms', { name: 'Both', category: trading, members: [carols] }), 404)
  const own = await bob.call<{ guid: string; version: number }>('POST', '/rooms', { name: 'Bobs', category: trading })
  await refused(bob.call('PATCH', `/rooms/${own.guid}`, { version: own.version, members: { add: [carols] } }), 404)

  // Carol, whom no list names: no room of the other side can be read or posted in.
  await refused(carol.call('GET', `/rooms/${own.guid}/messages`), 404)
  await refused(carol.post(own.guid, 'through the wall'), 404)

  // Alice, who stands nowhere and manages a room of bob's: she is told which wall it is.
  const room = await alice.call<{ version: number }>('GET', `/rooms/${guid}`)
  const added = alice.call('PATCH', `/rooms/${guid}`, { version: room.version, members: { add: [carols] } })
  await expect(added).rejects.toThrow(/: 403 .*carol cannot be made member of Lobby: the ethical wall Chinese separates carol from people of the room/)
  const lists = await alice.call<{ members: { guid: string }[] }>('GET', `/rooms/${guid}/roles`)
  expect(lists.members.map((p) => p.guid)).not.toContain(carols)
  await bob.post(guid, 'the room is still open to me')

  // An administrator is bound by it, too: singly and in bulk.
  for (const command of [['room', 'grant', 'Lobby', '--member', 'carol'], ['room', 'add', 'Mixed', '--category', 'Trading', '--member', 'bob', '--member', 'carol']]) {
    await expect(org.server.perch(...command), command.join(' ')).rejects.toThrow(/the ethical wall Chinese separates/)
  }

  await expect
    .poll(() => refusals(org), { timeout: 60_000 })
    .toEqual([
      'bob people - carol', 'bob people - carol', 'bob people - carol', 'bob mention Lobby carol', 'bob people - carol', 'bob people - carol',
      'carol read Bobs', 'carol post Bobs', 'alice add Lobby carol', expect.stringMatching(/^os:\S+ add Lobby carol$/), expect.stringMatching(/^os:\S+ add Mixed bob$/),
    ])
})

test('a manager who adds somebody across a wall is told so, and nothing is changed', async ({ org }) => {
  const guid = await walled(org)
  const page = await org.open('alice', `/manage/${guid}`)
  const members = page.getByRole('combobox', { name: 'Members' })
  await members.fill('Carol')
  await page.getByRole('option', { name: /Carol Clerk/ }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert')).toHaveText('carol cannot be made member of Lobby: the ethical wall Chinese separates carol from people of the room')
  await page.reload()
  await expect(page.getByRole('button', { name: /Bob Builder/ })).toBeVisible()
  await expect(page.getByRole('button', { name: /Carol Clerk/ })).toHaveCount(0)
})
