import { Harm } from './harm.ts'
import { type Api, type Message } from './api.ts'
import { expect, type Organisation, test } from './fixtures.ts'
import { hostile } from './hostile.ts'
import type { Page } from '@playwright/test'

const longest = 8192 // bytes of a message

/** What is left of a text when controls and what stands for them are taken away; a file's link shows without its scheme. */
function core(s: string): string {
  return s
    .replace(/\[(RLO|LRO)\]|ma-filelink:/g, '')
    .replace(/[\u0000-\u0020\u007f\u0085\u2028\u2029\u202d\u202e\u2400-\u2421\ufeff\u00a0]/g, '')
}

function shown(m: Message): string {
  return core((m.title ?? '') + m.text)
}

async function allMessages(api: Api, room: string): Promise<Message[]> {
  const { messages } = await api.call<{ messages: Message[] }>('GET', `/rooms/${room}/messages?limit=500`)
  return messages
}

/** The texts in view by their ids; what is folded is unfolded, and counts from the next look on. */
function inView(page: Page): Promise<[number, string][]> {
  return page.getByRole('log').evaluate((log) => {
    const out: [number, string][] = []
    for (const row of log.querySelectorAll<HTMLElement>('[data-id]')) {
      const folded = row.querySelector<HTMLElement>('button[aria-expanded=false]')
      if (folded) folded.click()
      else out.push([Number(row.dataset.id), (row.querySelector('.story-title')?.textContent ?? '') + (row.querySelector('.text')?.textContent ?? '')])
    }
    if (log.scrollWidth > log.clientWidth) throw new Error(`the history is ${log.scrollWidth} px wide in ${log.clientWidth}`)
    return out
  })
}

/** Scrolls up through all of a room and compares what is shown with what is stored. */
async function readAll(org: Organisation, page: Page, room: string): Promise<Message[]> {
  const stored = await allMessages(await org.api('alice'), room)
  const seen = new Map<number, string>()
  await page.getByRole('log').hover()
  await expect(async () => {
    for (const [id, text] of await inView(page)) seen.set(id, text)
    await page.mouse.wheel(0, -400)
    expect(seen.size).toBe(stored.length)
  }).toPass({ intervals: [40], timeout: 120_000 })
  for (const m of stored) expect(core(seen.get(m.id)!), `message ${m.id}`).toBe(shown(m))
  return stored
}

test('two hundred hostile strings that are posted by the API are shown as they were posted, and do nothing', async ({ org }) => {
  test.setTimeout(240_000)
  expect(hostile.length).toBeGreaterThanOrEqual(200)
  const { guid } = await org.server.room('Rates')
  const bob = await org.api('bob')
  const posted: string[] = []
  const refused: string[] = []
  for (const text of hostile) {
    await bob.post(guid, text).then(() => posted.push(text), () => refused.push(text))
  }
  expect(refused.filter((s) => Buffer.byteLength(s) <= longest && s.trim() !== '')).toEqual([])
  const page = await org.open('alice', `/room/${guid}`)
  const harm = new Harm(page)
  const stored = await readAll(org, page, guid)
  expect(stored.map(shown)).toEqual(posted.map((s) => core(s.replace(/^\[STORY\]/, '')))) // a story's title is its first line
  await harm.none()
  await page.goto('/search?q=harmed')
  await expect(page.getByRole('list', { name: 'Messages found' }).getByRole('listitem').first()).toBeVisible()
  await harm.none()
})

test('forty hostile strings that an old client posts do nothing in the browser', async ({ org }) => {
  test.setTimeout(180_000)
  const { uri, guid } = await org.server.room('Rates')
  const bob = await org.sipe('bob')
  await bob.enter(uri, 'Rates')
  const some = hostile.filter((s) => s.length < 1000 && s.trim() !== '' && !/[\u0000-\u001f\u0085\u2028\u2029\\\ufffe\uffff]/.test(s)).slice(0, 40)
  expect(some).toHaveLength(40)
  const api = await org.api('alice')
  for (const [n, text] of some.entries()) {
    bob.do('post', 'Rates', text)
    await expect.poll(async () => (await allMessages(api, guid)).length).toBe(n + 1)
  }
  const page = await org.open('alice', `/room/${guid}`)
  const harm = new Harm(page)
  const stored = await readAll(org, page, guid)
  expect(stored.map(shown)).toEqual(some.map(core))
  await harm.none()
})

test('hostile strings that a webhook posts do nothing in the browser', async ({ org }) => {
  test.setTimeout(120_000)
  const { guid } = await org.server.room('Rates')
  const alice = await org.api('alice')
  const made = JSON.parse(await org.server.perch('webhook', 'add', 'Rates', 'CI <img src=x onerror=window.harmed=1>', '--allow', '--json')) as { secret: string; url?: string }
  const url = made.url?.startsWith('http') ? made.url : `${org.server.url}/hooks/${made.secret.split('/').at(-1)}`
  const some = hostile.filter((s) => s.length < 1000 && s.trim() !== '').slice(0, 30) // so many it may post at once
  let taken = 0
  for (const text of some) {
    const r = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }) })
    if (r.ok) taken++
  }
  expect(taken).toBeGreaterThanOrEqual(25)
  expect(await allMessages(alice, guid)).toHaveLength(taken)
  const page = await org.open('alice', `/room/${guid}`)
  const harm = new Harm(page)
  await readAll(org, page, guid)
  await expect(page.getByRole('log').getByText('CI <img src=x onerror=window.harmed=1>').first()).toBeVisible()
  await harm.none()
})

test('a room and a person with hostile names are shown by these names wherever they stand', async ({ org }) => {
  const { server } = org
  const name = '<img src=x onerror=window.harmed=1>'
  const about = '"><svg onload=window.harmed=1> https://evil.example/ ' + 'W'.repeat(200)
  const person = '</bdi><script>window.harmed=1</script>'
  await server.perch('room', 'set', 'Rates', '--name', name, '--description', about)
  await server.perch('user', 'set', 'bob', '--name', person)
  const { guid } = await server.room(name)
  const bob = await org.api('bob')
  const alice = await org.api('alice')
  await alice.follow(guid)
  await bob.follow(guid)
  await bob.post(guid, 'hello Alice Archer')
  const page = await org.open('alice', `/room/${guid}`)
  const harm = new Harm(page)
  await expect(page.getByRole('heading', { name })).toBeVisible()
  await expect(page.getByRole('navigation').getByRole('link', { name })).toBeVisible()
  await expect(page.getByRole('log').getByText(person)).toBeVisible()
  await expect(page.getByText(about)).toBeVisible()
  await harm.none()
  for (const path of ['/search?q=hello', '/feed/mentions', '/browse']) {
    await page.goto(path)
    await expect(page.getByRole('main').getByText(name).first()).toBeVisible()
    await harm.none()
  }
  await page.goto(`/room/${guid}`)
  await page.getByRole('textbox', { name: /Write in/ }).pressSequentially('@</b')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('option', { name })).toBeVisible()
  await harm.none()
})
