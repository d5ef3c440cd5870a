import { expect, test } from './fixtures.ts'

test('an administrator who saves what another has changed meanwhile sees that, and both changes stand in the end', async ({ org }) => {
  const { server } = org
  await server.perch('duty', 'grant', 'alice@example.test', 'administrator')
  const page = await org.open('alice', '/admin/rooms/Rates')
  const description = page.getByLabel('Description')
  await expect(description).toBeVisible()
  await description.fill('the desk')
  // Another administrator, elsewhere.
  await server.perch('room', 'set', 'Rates', '--privacy', 'secret', '--members', 'alice,bob,carol')
  await page.getByRole('button', { name: 'Save' }).click()
  const told = page.getByRole('alert').filter({ hasText: 'Somebody else has changed this while you did' })
  await expect(told.getByRole('row', { name: /Members/ })).toContainText('alice, bob, carol')
  await expect(told.getByRole('row', { name: /Privacy/ })).toContainText('secret')
  await expect(told.getByRole('row', { name: /Description/ })).toContainText('the desk')
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await told.getByRole('button', { name: 'Put my changes on top' }).click()
  await expect(description).toHaveValue('the desk')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  const room = JSON.parse(await server.perch('room', 'show', 'Rates', '--json')) as { description: string; privacy: string; members: string[] }
  expect(room).toMatchObject({ description: 'the desk', privacy: 'secret', members: ['alice', 'bob', 'carol'] })
})
