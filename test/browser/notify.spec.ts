import type { Page } from '@playwright/test'

import { connected, expect, type Organisation, test } from './fixtures.ts'

interface Shown {
  title: string
  body: string
  tag: string
}

/** Records what the page shows on the desktop, where a browser without a screen shows nothing, and takes attention from it. */
async function recorded(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const made: { shown: Shown, onclick?: () => void }[] = []
    Object.assign(window, { made })
    const real = window.Notification
    window.Notification = class {
      static get permission() { return real.permission }
      static requestPermission = () => real.requestPermission()
      onclick?: () => void
      constructor(title: string, { body = '', tag = '' }: NotificationOptions = {}) {
        const me = this as { onclick?: () => void }
        made.push({ shown: { title, body, tag }, get onclick() { return me.onclick } })
      }
      close() {}
    } as unknown as typeof Notification
    document.hasFocus = () => false
  })
  await page.reload()
}

const shown = (page: Page) => page.evaluate(() => (window as unknown as { made: { shown: Shown }[] }).made.map((m) => `${m.shown.title} | ${m.shown.body}`))

/** Alice in Swaps, who does not look, with Rates followed. */
async function elsewhere(org: Organisation): Promise<{ page: Page, rates: string }> {
  const [rates, swaps, alice] = [await org.server.room('Rates'), await org.server.room('Swaps'), await org.api('alice')]
  for (const r of [rates, swaps]) await alice.follow(r.guid)
  const page = await org.open('alice', `/room/${swaps.guid}`, { permissions: ['notifications'] })
  await recorded(page)
  await expect(page.getByRole('log')).toBeVisible()
  await connected(page)
  return { page, rates: rates.guid }
}

test('the desktop is told of alerts only, of what names me, or of everything, as I chose; of muted rooms nothing; a click opens the room', async ({ org }) => {
  const { page, rates } = await elsewhere(org)
  const bob = await org.api('bob')
  await bob.post(rates, 'nothing of note')
  await bob.post(rates, 'the market halts', { alert: true })
  await expect.poll(() => shown(page)).toEqual(['Alert: Rates | Bob Builder: the market halts'])

  const choose = async (name: string) => {
    await page.getByRole('navigation').getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Settings' }).click()
    const choice = page.getByRole('radio', { name })
    await choice.check()
    await expect(page.getByRole('button', { name: 'Let the browser show them' })).toHaveCount(0)
    await page.goBack()
  }
  await choose('Of what names me')
  await bob.post(rates, 'still nothing')
  await bob.post(rates, 'look at this, @alice')
  await expect.poll(() => shown(page)).toHaveLength(2)
  expect((await shown(page))[1]).toBe('Rates | Bob Builder: look at this, @alice')

  await choose('Of everything')
  await bob.post(rates, 'the last')
  await expect.poll(() => shown(page)).toHaveLength(3)
  await (await org.api('alice')).call('PATCH', `/my/rooms/${rates}`, { muted: true })
  await expect(page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: /Rates/ })).toHaveAccessibleName(/muted/i)
  await bob.post(rates, 'unheard', { alert: true })
  await (await org.api('alice')).call('PATCH', `/my/rooms/${rates}`, { muted: false })
  await expect(page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: /Rates/ })).not.toHaveAccessibleName(/muted/i)
  await bob.post(rates, 'heard again')
  await expect.poll(async () => (await shown(page)).slice(3)).toEqual(['Rates | Bob Builder: heard again'])

  await page.evaluate(() => (window as unknown as { made: { onclick: () => void }[] }).made.at(-1)!.onclick())
  await expect(page.getByRole('log', { name: 'Messages in Rates' }).getByText('heard again')).toBeVisible()
})

test('where the browser has not been asked, the settings ask it, and they say so where it refuses', async ({ org }) => {
  const page = await org.open('alice', '/settings')
  await page.evaluate(() => {
    Object.defineProperty(Notification, 'permission', { get: () => 'default', configurable: true })
    Notification.requestPermission = () => Promise.resolve('granted')
  })
  await page.getByRole('link', { name: 'Find rooms' }).first().click()
  await page.goBack()
  await page.getByRole('button', { name: 'Let the browser show them' }).click()
  await expect(page.getByRole('button', { name: 'Let the browser show them' })).toHaveCount(0)
  await expect(page.getByRole('radio', { name: 'Only of alerts' })).toBeFocused()
  await page.evaluate(() => Object.defineProperty(Notification, 'permission', { get: () => 'denied' }))
  await page.getByRole('link', { name: 'Find rooms' }).first().click()
  await page.goBack()
  await expect(page.getByText('The browser blocks notifications of this page')).toBeVisible()
})
