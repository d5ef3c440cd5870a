import type { Page } from '@playwright/test'

import { expect, Organisation, test as base } from './fixtures.ts'
import { Login } from './provider.ts'

const test = base.extend<{ vouched: { org: Organisation; login: Login; visit: (path: string) => Promise<Page> } }>({
  vouched: async ({ browser }, use) => {
    const login = await Login.listen()
    const org = await Organisation.make(browser, login.settings)
    login.trust(org.server.url)
    const contexts = [] as Page[]
    await use({
      org,
      login,
      visit: async (path) => {
        const page = await browser.newPage({ baseURL: org.server.url })
        contexts.push(page)
        await page.goto(path)
        return page
      },
    })
    for (const page of contexts) await page.context().close()
    await org.end()
    await login.stop()
  },
})

/** Goes to the provider, and says there who one is and that the server may know it. */
async function signInThere(page: Page, login: Login, as: string) {
  await page.getByRole('link', { name: 'Sign in with Our login' }).click()
  await expect(page).toHaveURL(new RegExp(`^${login.issuer}/`))
  await page.getByPlaceholder('Enter any login').fill(as)
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('whoever signs in with the provider comes back to where he wanted to go, and his session is like any other', async ({ vouched: { org, login, visit } }) => {
  const { guid } = await org.server.room('Rates')
  await (await org.api('bob')).post(guid, 'for members only')
  const page = await visit(`/room/${guid}`)
  await expect(page.getByLabel('Password')).toBeVisible() // both ways are offered
  await signInThere(page, login, 'alice')
  await expect(page).toHaveURL(`${org.server.url}/room/${guid}`)
  await expect(page.getByRole('log').getByText('for members only')).toBeVisible()
  await page.getByRole('textbox', { name: 'Write in Rates' }).fill('vouched for')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByRole('article').filter({ hasText: 'vouched for' })).toBeVisible()
  expect(await org.server.perch('user', 'sessions', 'alice')).toContain('Our login')
  await page.goto('/settings')
  await page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true }).last().click()
  await expect(page.getByText('You are signed out.')).toBeVisible()
})

test('whom the provider vouches for and nobody here knows is told so; a user who is disabled, too', async ({ vouched: { org, login, visit } }) => {
  const stranger = await visit('/')
  await signInThere(stranger, login, 'zoe')
  await expect(stranger.getByText('You are signed in there, but nobody here is known by that name.')).toBeVisible()
  await org.server.perch('user', 'disable', 'bob')
  const bob = await visit('/')
  await signInThere(bob, login, 'bob')
  await expect(bob.getByText('Your account here has been disabled.')).toBeVisible()
})

test('who turns back at the provider is told that it did not sign him in, and may use his password to get to where he wanted', async ({ vouched: { org, login, visit } }) => {
  const { guid } = await org.server.room('Rates')
  const page = await visit(`/room/${guid}`)
  await page.getByRole('link', { name: 'Sign in with Our login' }).click()
  await expect(page).toHaveURL(new RegExp(`^${login.issuer}/`))
  await page.getByRole('link', { name: '[ Cancel ]' }).click()
  await expect(page.getByText('The provider did not sign you in.')).toBeVisible()
  await page.getByLabel('User name').fill('alice')
  await page.getByLabel('Password').fill('secret of alice')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('textbox', { name: 'Write in Rates' })).toBeVisible()
  await expect(page).toHaveURL(`${org.server.url}/room/${guid}`)
  expect((await page.context().cookies()).some((c) => c.name.startsWith('perch') && c.httpOnly)).toBe(true)
  await org.server.perch('user', 'sign-out', 'alice')
  await expect(page.getByText('Your session has ended.')).toBeVisible()
  await expect(page.getByText('The provider did not sign you in.')).toHaveCount(0) // that was told once
})

test('a provider that is gone stops nobody who has a password', async ({ vouched: { login, visit } }) => {
  await login.stop()
  const page = await visit('/')
  await page.getByRole('link', { name: 'Sign in with Our login' }).click()
  await expect(page.getByText('The provider cannot be reached. Try again later.')).toBeVisible()
  await expect(page.getByLabel('User name')).toBeVisible()
})
