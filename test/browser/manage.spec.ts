import type { Locator, Page } from '@playwright/test'

import { connected, expect, type Organisation, signIn, test } from './fixtures.ts'
import { pressAt, tabTo, typeAt } from './keyboard.ts'

interface RoomAs {
  description: string
  privacy: string
  type: string
  invitations: string
  addin?: string
  disabled: boolean
  members: string[]
  managers: string[]
}

const shown = async (org: Organisation, room: string) => JSON.parse(await org.server.perch('room', 'show', room, '--json')) as RoomAs
const rooms = (page: Page) => page.getByRole('table', { name: 'Manage rooms' })
const sheet = (page: Page, name: string) => page.getByRole('complementary', { name })
/** The name of a room, which has webhooks with names, too. */
const nameOf = (of: Locator) => of.getByRole('textbox', { name: 'Name', description: /^Unique/ })
const save = (of: Locator) => of.getByRole('button', { name: 'Save', exact: true }).click()

/** Chooses somebody by the beginning of a name. */
async function pick(of: Locator, field: string, typed: string, name: string | RegExp) {
  await of.getByRole('combobox', { name: field }).fill(typed)
  await of.getByRole('listbox', { name: field }).getByRole('option', { name }).click()
}

test('where old clients open room management, a manager signs in, sees his rooms and creates one for people of its scope', async ({ browser, org }) => {
  const page = await (await browser.newContext({ baseURL: org.server.url })).newPage()
  await page.goto('/PersistentChat/RM/')
  await signIn(page, 'alice')
  await expect(page.getByRole('heading', { name: 'Manage rooms', level: 1 })).toBeVisible()
  await expect(page).toHaveURL(/\/PersistentChat\/RM\/$/)
  await expect(rooms(page).getByRole('button')).toContainText(['Rates', 'Swaps'])

  await page.getByRole('button', { name: 'New room' }).click()
  const form = sheet(page, 'New room')
  await form.getByLabel('Name').fill('Gilts')
  await form.getByLabel('Description').fill('All about gilts')
  await expect(form.getByLabel('Category').getByRole('option')).toHaveText(['Trading'])
  await pick(form, 'Members', 'Car', /Carol Clerk/)
  await pick(form, 'Managers', 'al', /Alice Archer/)
  await form.getByRole('combobox', { name: 'Members' }).fill('Mal')
  await expect(form.getByText('Nobody of that name may be chosen.')).toBeVisible() // mallory is not in the scope
  await form.getByRole('combobox', { name: 'Members' }).fill('')
  await form.getByRole('button', { name: 'Create room' }).click()

  await expect(sheet(page, 'Gilts').getByLabel('Description')).toHaveValue('All about gilts')
  await expect(rooms(page).getByRole('button', { name: 'Gilts' })).toBeVisible()
  expect(await shown(org, 'Gilts')).toMatchObject({ description: 'All about gilts', privacy: 'closed', members: ['carol'], managers: ['alice'] })
  const carol = await org.open('carol', `/room/${(await org.server.room('Gilts')).guid}`)
  await expect(carol.getByRole('textbox', { name: 'Write in Gilts' })).toBeVisible()
  await page.context().close()
})

test('the address that an old client makes for one room opens that room', async ({ org }) => {
  const { guid } = await org.server.room('Swaps')
  const page = await org.open('alice', `/PersistentChat/RM/default.aspx?RoomId=${guid.toUpperCase()}&lang=en-US`)
  await expect(nameOf(sheet(page, 'Swaps'))).toHaveValue('Swaps')
})

test('what a manager changes is so: fields, members, an add-in beside the room', async ({ org }) => {
  const { server } = org
  await server.perch('addin', 'add', 'Prices', '--url', 'https://prices.example.test/')
  const { guid } = await server.room('Rates')
  const page = await org.open('alice', '/manage')
  await rooms(page).getByRole('button', { name: 'Rates' }).click()
  const form = sheet(page, 'Rates')
  await expect(form.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  await form.getByLabel('Description').fill('Gilts and swaps')
  await form.getByLabel('Privacy').selectOption({ label: 'Secret – only members see it' })
  await form.getByLabel('Invitations').selectOption({ label: 'None' })
  await form.getByLabel('Add-in').selectOption({ label: 'Prices' })
  await pick(form, 'Members', 'carol', /Carol Clerk/)
  await form.getByRole('button', { name: 'Remove Bob Builder' }).click()
  await expect(form.getByText('5 fields changed')).toBeVisible()
  await save(form)
  await expect(form.getByText('Saved.')).toBeVisible()
  expect(await shown(org, 'Rates')).toMatchObject({ description: 'Gilts and swaps', privacy: 'secret', invitations: 'off', addin: 'Prices', members: ['alice', 'carol'], managers: ['alice'] })
  await page.goto(`/room/${guid}`)
  await expect(page.getByRole('button', { name: 'Prices' })).toBeVisible()
  const bob = await org.open('bob', '/browse')
  await expect(bob.getByRole('main').getByText('Swaps').first()).toBeVisible()
  await expect(bob.getByRole('main').getByText('Rates')).toHaveCount(0)
})

test('a manager who hands a secret room on and takes himself off is back among his rooms, and the room is the other’s', async ({ org }) => {
  await org.server.perch('room', 'set', 'Rates', '--privacy', 'secret', '--members', 'bob')
  const page = await org.open('alice', '/manage')
  await rooms(page).getByRole('button', { name: 'Rates' }).click()
  const form = sheet(page, 'Rates')
  await pick(form, 'Managers', 'bob', /Bob Builder/)
  await form.getByRole('button', { name: 'Remove Alice Archer' }).click() // a manager only: bob is the member
  await save(form)
  await expect(form).toBeHidden()
  await expect(rooms(page).getByRole('button', { name: 'Rates' })).toHaveCount(0)
  await expect(rooms(page).getByRole('button', { name: 'Swaps' })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
  expect(await shown(org, 'Rates')).toMatchObject({ members: ['bob'], managers: ['bob'] })
})

test('an auditorium gets presenters, who must be members, and the refusal says so', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/manage/${guid}`)
  const form = sheet(page, 'Rates')
  await expect(form.getByRole('combobox', { name: 'Presenters' })).toHaveCount(0)
  await form.getByLabel('Type').selectOption({ label: 'Auditorium – only presenters post' })
  await pick(form, 'Presenters', 'bob', /Bob Builder/)
  await form.getByRole('button', { name: 'Remove Bob Builder' }).first().click() // as member
  await save(form)
  await expect(form.getByRole('alert')).toContainText('a presenter must be a member first')
  await pick(form, 'Members', 'bob', /Bob Builder/)
  await save(form)
  await expect(form.getByText('Saved.')).toBeVisible()
  const bob = await org.open('bob', `/room/${guid}`)
  await expect(bob.getByRole('textbox', { name: 'Write in Rates' })).toBeVisible()
  const alice = await org.open('alice', `/room/${guid}`)
  await expect(alice.getByText('Only presenters post in this auditorium.')).toBeVisible()
})

test('whoever is made a member where there are invitations is told of it', async ({ org }) => {
  await org.server.perch('category', 'set', 'Trading', '--invitations')
  const { guid } = await org.server.room('Rates')
  const carol = await org.open('carol')
  await connected(carol)
  const page = await org.open('alice', `/manage/${guid}`)
  const form = sheet(page, 'Rates')
  await expect(form.getByText('New members are told of it.')).toBeVisible()
  await pick(form, 'Members', 'carol', /Carol Clerk/)
  await save(form)
  await expect(form.getByText('Saved.')).toBeVisible()
  await carol.getByRole('navigation').getByRole('link', { name: 'Find rooms 1' }).click() // told without a reload
  await expect(carol.getByText('You are invited')).toBeVisible()
  await carol.getByRole('main').getByRole('link', { name: /Rates/ }).first().click()
  await expect(carol.getByRole('textbox', { name: 'Write in Rates' })).toBeVisible()
})

test('who is in a room is put out when it is disabled, and the question says how many', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const bob = await org.open('bob', `/room/${guid}`)
  await expect(bob.getByRole('textbox', { name: 'Write in Rates' })).toBeVisible()
  await connected(bob)
  const page = await org.open('alice', `/manage/${guid}`)
  const form = sheet(page, 'Rates')
  await form.getByRole('button', { name: 'Disable room' }).click()
  const asked = page.getByRole('dialog', { name: 'Disable “Rates”?' })
  await expect(asked).toContainText('1 person is put out of it now.')
  await expect(asked.getByRole('button', { name: 'Cancel' })).toBeFocused() // Enter by mistake does nothing
  await page.keyboard.press('Enter')
  await expect(asked).toBeHidden()
  expect((await shown(org, 'Rates')).disabled).toBe(false)
  await form.getByRole('button', { name: 'Disable room' }).click()
  await asked.getByRole('button', { name: 'Disable room' }).click()
  await expect(form.getByText('This room is disabled. Only an administrator can enable it.')).toBeVisible()
  await expect(bob.getByText('There is no such room, or you may not see it').or(bob.getByText('You have been removed from this room'))).toBeVisible()
  expect((await shown(org, 'Rates')).disabled).toBe(true)
  await expect(rooms(page).getByRole('row', { name: /Rates/ })).toContainText('yes')
  await expect(form.getByRole('row', { name: /^join/ })).toContainText(/disabled/i) // the rule that says why
})

test('an edit of a room that somebody else has changed meanwhile is refused with what changed, and can be saved again', async ({ org }) => {
  const { server } = org
  const { guid } = await server.room('Rates')
  const page = await org.open('alice', `/manage/${guid}`)
  const form = sheet(page, 'Rates')
  await form.getByLabel('Description').fill('Mine')
  await form.getByLabel('Privacy').selectOption({ label: 'Open – everybody in its category’s scope may join' })
  await pick(form, 'Members', 'carol', /Carol Clerk/)
  await server.perch('room', 'set', 'Rates', '--description', 'Theirs', '--members', 'alice')
  await save(form)

  const clash = form.getByRole('alert')
  await expect(clash).toContainText('Somebody else has changed this room while you did')
  await expect(clash).toContainText('An administrator changed it on')
  const row = (field: string) => clash.getByRole('row', { name: new RegExp(`^${field}`) })
  await expect(row('Description').getByRole('cell')).toContainText(['–', 'Theirs', 'Mine'])
  await expect(row('Privacy').getByRole('cell')).toContainText(['Closed', 'Closed', 'Open'])
  await expect(row('Members').getByRole('cell')).toContainText(['Alice Archer, Bob Builder', '– Bob Builder', '+ Carol Clerk'])
  expect(await shown(org, 'Rates')).toMatchObject({ description: 'Theirs', privacy: 'closed', members: ['alice'] }) // nothing of hers

  await clash.getByLabel('Description: what to keep').selectOption({ label: 'leave as it is now' })
  await clash.getByRole('button', { name: 'Save with these choices' }).click()
  await expect(form.getByText('Saved.')).toBeVisible()
  await expect(clash).toHaveCount(0)
  expect(await shown(org, 'Rates')).toMatchObject({ description: 'Theirs', privacy: 'open', members: ['alice', 'carol'] })
  await expect(form.getByLabel('Description')).toHaveValue('Theirs')
})

test('of two managers who edit a room at once the second one is told of the first, and can take over what is there', async ({ org }) => {
  await org.server.perch('room', 'set', 'Rates', '--managers', 'alice,bob')
  const { guid } = await org.server.room('Rates')
  const [alice, bob] = [await org.open('alice', `/manage/${guid}`), await org.open('bob', `/manage/${guid}`)]
  await nameOf(sheet(alice, 'Rates')).fill('Rates A')
  await nameOf(sheet(bob, 'Rates')).fill('Rates B')
  await save(sheet(alice, 'Rates'))
  await expect(alice.getByText('Saved.')).toBeVisible()
  const second = sheet(bob, 'Rates')
  await save(second)
  await expect(bob.getByRole('alert')).toContainText('Alice Archer changed it on')
  await bob.getByRole('button', { name: 'Take over what is there now' }).click()
  await expect(nameOf(sheet(bob, 'Rates A'))).toHaveValue('Rates A')
  expect((await org.server.room('Rates A')).guid).toBe(guid)
})

test('every refusal says why', async ({ org }) => {
  const { server } = org
  const { guid } = await server.room('Rates')
  // A name that is taken.
  const alice = await org.open('alice', '/manage/new')
  await alice.getByLabel('Name', { exact: true }).fill('Swaps')
  await alice.getByRole('button', { name: 'Create room' }).click()
  await expect(alice.getByRole('alert')).toContainText(/name.*(taken|already|exists)/i)
  // Somebody who may create nowhere.
  const carol = await org.open('carol', '/manage/new')
  await expect(carol.getByText(/You may create rooms in no category/)).toBeVisible()
  await expect(carol.getByText('Categories that you see: Trading.')).toBeVisible()
  // A member who does not manage: what he may do, by which rule.
  const bob = await org.open('bob', `/manage/${guid}`)
  await expect(bob.getByText('You do not manage this room')).toBeVisible()
  await expect(bob.getByRole('row', { name: /^manage/ })).toContainText('not a manager')
  await expect(bob.getByRole('row', { name: /^post/ })).toContainText(/member/)
  await expect(bob.getByRole('button', { name: 'Save', exact: true })).toHaveCount(0)
  // Somebody outside the scope learns nothing, not even that there is such a room.
  const mallory = await org.open('mallory', `/manage/${guid}`)
  await expect(mallory.getByRole('alert').first()).toBeVisible()
  await expect(mallory.getByText('Rates')).toHaveCount(0)
  // A right that ends while one edits.
  await alice.goto(`/manage/${guid}`)
  await sheet(alice, 'Rates').getByLabel('Description').fill('too late')
  await server.perch('room', 'set', 'Rates', '--managers', 'bob')
  await save(sheet(alice, 'Rates'))
  await expect(alice.getByRole('alert')).toContainText('not a manager')
  expect((await shown(org, 'Rates')).description).not.toBe('too late')
})

test('a room is created and changed by the keyboard alone', async ({ org }) => {
  const page = await org.open('alice', '/manage')
  await expect(rooms(page).getByRole('button', { name: 'Rates' })).toBeVisible()
  await pressAt(page, page.getByRole('button', { name: 'New room' }))
  const form = sheet(page, 'New room')
  await expect(form.getByRole('heading', { name: 'New room' })).toBeFocused()
  await typeAt(page, form.getByLabel('Name'), 'By hand')
  await tabTo(page, form.getByLabel('Privacy'))
  await page.keyboard.type('Open')
  await typeAt(page, form.getByRole('combobox', { name: 'Members' }), 'bo')
  await expect(form.getByRole('option', { name: /Bob Builder/ })).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(form.getByRole('button', { name: 'Remove Bob Builder' })).toBeVisible()
  await typeAt(page, form.getByRole('combobox', { name: 'Managers' }), 'al')
  await expect(form.getByRole('option', { name: /Alice Archer/ })).toBeVisible()
  await page.keyboard.press('ArrowDown') // around and back to the only one
  await page.keyboard.press('Enter')
  await pressAt(page, form.getByRole('button', { name: 'Create room' }))

  const made = sheet(page, 'By hand')
  await expect(made.getByLabel('Privacy')).toHaveValue('open')
  expect(await shown(org, 'By hand')).toMatchObject({ privacy: 'open', members: ['bob'], managers: ['alice'] })
  await typeAt(page, made.getByLabel('Description'), 'typed')
  await page.keyboard.press('Enter')
  await expect(made.getByText('Saved.')).toBeVisible()
  await page.keyboard.press('Escape') // closes what is open
  await expect(made).toBeHidden()
  // In the list the arrows go from row to row, and Enter opens.
  await tabTo(page, rooms(page).getByRole('button', { name: 'By hand' }))
  await page.keyboard.press('ArrowDown')
  await expect(rooms(page).getByRole('button', { name: 'Rates' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(sheet(page, 'Rates').getByRole('heading', { name: 'Rates' })).toBeFocused()
  await pressAt(page, sheet(page, 'Rates').getByRole('button', { name: 'Disable room' }))
  const asked = page.getByRole('dialog', { name: 'Disable “Rates”?' })
  await tabTo(page, asked.getByRole('button', { name: 'Disable room' }))
  await page.keyboard.press('Enter')
  await expect(sheet(page, 'Rates').getByText('Only an administrator can enable it.')).toBeVisible()
  expect((await shown(org, 'Rates')).disabled).toBe(true)
})
