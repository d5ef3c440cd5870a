import type { Page } from '@playwright/test'

import { faults } from './axe.ts'
import { expect, test as base } from './fixtures.ts'
import { Furnished } from './furnished.ts'

const test = base.extend<{ furnished: Furnished }>({
  furnished: async ({ browser }, use) => {
    const f = await Furnished.make(browser)
    await use(f)
    await f.end()
  },
})

type Ready = (page: Page) => Promise<void>

const row = (name: RegExp): Ready => (page) => expect(page.getByRole('row', { name }).first()).toBeVisible()
const field = (name: string): Ready => (page) => expect(page.getByLabel(name, { exact: true }).first()).toBeVisible()
const text = (words: string): Ready => (page) => expect(page.getByText(words).first()).toBeVisible()
const all = (...of: Ready[]): Ready => async (page) => { for (const r of of) await r(page) }
const press = (name: string | RegExp): Ready => (page) => page.getByRole('button', { name }).first().click()

/** Every view of administration, with what must be there before it is looked at. */
const administration: Record<string, Ready> = {
  '': all(text('SIP connections'), text('jsonl, csv')),
  pool: all(text('Takes sessions'), text('Nothing here.')),
  settings: row(/site:London/),
  'settings/site:London': field('Messages on joining'),
  files: row(/invoice\.doc/),
  users: row(/Mallory Marsh/),
  'users/+': field('Company'),
  'users/alice': all(row(/nightly report/), row(/^node /)),
  groups: row(/Trading desk/),
  'groups/Desk': field('Members'),
  'groups/+': field('Display name'),
  policies: row(/Contractors/),
  'policies/tag:Contractors': field('Enables chat'),
  walls: row(/Chinese wall/),
  'walls/Chinese wall': text('Take it down'),
  'walls/+': field('One side'),
  import: async (page) => {
    await page.getByLabel('Or its text').fill('name\nerin\nalice\n')
    await page.getByRole('button', { name: 'Preview' }).click()
    await expect(page.getByRole('list', { name: 'Wrong lines' })).toBeVisible()
  },
  categories: row(/Research/),
  'categories/Trading': async (page) => {
    await page.getByRole('button', { name: 'Remove bob' }).click()
    await page.getByRole('button', { name: 'Preview' }).click()
    await expect(page.getByRole('row', { name: /bob.*Rates/ })).toBeVisible()
  },
  rooms: row(/Morning call/),
  'rooms/Rates': field('Description'),
  'rooms/+': field('Description'),
  'messages?room=Rates': field('New text'),
  addins: row(/Prices/),
  'addins/Prices': field('Web address'),
  webhooks: row(/Outside desk/),
  'webhooks/+': field('Address to send to'),
  archive: all(row(/^csv 1/), row(/default/)),
  records: field('Case'),
  compliance: all(row(/global/), text('Output folder')),
  'compliance/global': field('Options'),
  duties: all(row(/otto/), row(/patient/i)),
  explain: async (page) => {
    await page.getByRole('combobox', { name: 'User' }).fill('bob')
    await page.getByRole('listbox', { name: 'User' }).getByRole('option').first().click()
    await page.getByRole('combobox', { name: 'Room', exact: true }).fill('Rates')
    await page.getByRole('button', { name: 'Explain' }).click()
    await expect(page.getByText('bob may: post, Rates')).toBeVisible()
  },
  'rights?room=Rates': all(press('Report'), row(/alice Rates/)),
  usage: row(/Bob Builder/),
}

const views = Object.entries(administration)
const half = views.findIndex(([path]) => path === 'categories')

for (const look of ['light', 'dark'] as const) {
  for (const [part, some] of [['of the server and its people', views.slice(0, half)], ['of rooms, the record and reports', views.slice(half)]] as const) {
    test(`axe finds nothing serious in any view of administration, ${part}: ${look}`, async ({ furnished: f }) => {
      test.setTimeout(300_000)
      const found: Record<string, string[]> = {}
      const page = await f.org.open('dora', '/admin', { colorScheme: look })
      for (const [path, ready] of some) {
        await page.goto(`/admin/${path}`)
        await ready(page)
        const list = await faults(page)
        if (list.length) found[path] = list
      }
      expect(found).toEqual({})
    })
  }

  test(`axe finds nothing serious in a question, nor in what is on record: ${look}`, async ({ furnished: f }) => {
    const found: Record<string, string[]> = {}
    const page = await f.org.open('dora', '/admin', { colorScheme: look })
    const check = async (name: string) => {
      const list = await faults(page)
      if (list.length) found[name] = list
    }
    await page.goto('/admin/users/bob')
    await page.getByRole('button', { name: 'Disable' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await check('a question')
    const otto = await f.org.open('otto', '/admin/records', { colorScheme: look })
    await otto.getByRole('button', { name: 'Search', exact: true }).click()
    await otto.getByRole('table', { name: 'On record' }).getByRole('button', { name: /^\d+$/ }).first().click()
    await expect(otto.getByRole('complementary', { name: /^Entry/ })).toBeVisible()
    const record = await faults(otto)
    if (record.length) found['the record'] = record
    expect(found).toEqual({})
  })

  test(`axe finds nothing serious where rooms are managed, nor among sessions and tokens: ${look}`, async ({ furnished: f }) => {
    test.setTimeout(120_000)
    const found: Record<string, string[]> = {}
    const page = await f.org.open('alice', '/manage', { colorScheme: look })
    const check = async (name: string) => {
      const list = await faults(page)
      if (list.length) found[name] = list
    }
    await row(/Morning call/)(page)
    await check('my rooms')
    await page.goto('/manage/new')
    await page.getByRole('combobox', { name: 'Members' }).fill('c')
    await expect(page.getByRole('option', { name: /Carol/ })).toBeVisible()
    await check('a new room, and people to choose')
    await page.goto(`/manage/${f.rates}`)
    await all(row(/Outside desk/), row(/^download files/))(page)
    await check('a room with webhooks and rights')
    await page.getByLabel('Description').fill('mine')
    await f.org.server.perch('room', 'set', 'Rates', '--description', 'theirs')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(page.getByRole('alert')).toContainText('Somebody else has changed this room')
    await check('a stale edit')
    await page.goto('/settings')
    await page.getByLabel('What is it for?').fill('reports')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await expect(page.getByText('it is not shown again')).toBeVisible()
    await expect(page.getByText('This session')).toBeVisible()
    await check('sessions and tokens')
    expect(found).toEqual({})
  })
}

test('in 320 px no view of managers and administrators has to be scrolled sideways, but for wide tables by themselves', async ({ furnished: f }) => {
  test.setTimeout(240_000)
  const wide: Record<string, number> = {}
  const page = await f.org.open('dora', '/admin', { viewport: { width: 320, height: 640 } })
  const measure = async (of: Page, name: string) => {
    const width = await of.evaluate(() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('.desk-main')].map((e) => e.scrollWidth)))
    if (width > 320) wide[name] = width
  }
  for (const [path, ready] of Object.entries(administration)) {
    await page.goto(`/admin/${path}`)
    await ready(page)
    await measure(page, path)
  }
  const alice = await f.org.open('alice', '/manage', { viewport: { width: 320, height: 640 } })
  await row(/Morning call/)(alice)
  await measure(alice, 'my rooms')
  await alice.goto(`/manage/${f.rates}`)
  await row(/^download files/)(alice)
  await measure(alice, 'a room')
  expect(wide).toEqual({})
})
