import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import { connected, expect, Organisation, signIn, test } from './fixtures.ts'

/** Opens a socket for events with somebody's cookie; says when the server has closed it. */
async function listenAs(url: string, cookie: string): Promise<{ at: Promise<number> }> {
  const asked = get(`${url}/api/v1/events`, {
    headers: { Cookie: cookie, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': btoa('0123456789abcdef') },
  })
  const [, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Socket]
  const at = new Promise<number>((resolve) => {
    let had = Buffer.alloc(0)
    socket.on('data', (more: Buffer) => {
      had = Buffer.concat([had, more])
      for (;;) {
        const short = (had[1] ?? 0) & 0x7f
        const head = short === 126 ? 4 : short === 127 ? 10 : 2
        if (had.length < head) return
        const size = short === 126 ? had.readUInt16BE(2) : short === 127 ? Number(had.readBigUInt64BE(2)) : short
        if (had.length < head + size) return
        if ((had[0]! & 0x0f) === 8) {
          socket.end()
          return resolve(Date.now()) // a close frame (RFC 6455 5.5.1): nothing follows it
        }
        had = had.subarray(head + size)
      }
    })
  })
  return { at }
}

test('a user who is disabled is out at once, by the page and by the socket', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('bob', `/room/${guid}`)
  await (await org.api('alice')).post(guid, 'for members only')
  await expect(page.getByRole('log').getByText('for members only')).toBeVisible()
  await connected(page)
  const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ')
  const closing = await listenAs(org.server.url, cookie)
  await org.server.perch('user', 'disable', 'bob')
  const disabled = Date.now()
  await expect(page.getByText('Your account has been disabled.')).toBeVisible({ timeout: 5000 })
  const closed = await closing.at
  expect(closed - disabled).toBeLessThan(5000)
  console.log(`disabled: page out ${Date.now() - disabled} ms after the command, socket closed after ${closed - disabled} ms`)
  await expect(page.getByText('for members only')).toHaveCount(0)
  expect((await fetch(`${org.server.url}/api/v1/my/rooms`, { headers: { Cookie: cookie } })).status).toBe(401)
  await page.getByLabel('Password').fill('secret of bob')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
})

test('signing out everywhere ends the other devices at once, and only mine', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const [desk, phone, other] = [await org.open('alice', '/settings'), await org.open('alice', `/room/${guid}`), await org.open('bob', `/room/${guid}`)]
  await desk.getByRole('button', { name: 'Sign out everywhere' }).click()
  for (const page of [desk, phone]) await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect(desk.getByText('You are signed out.')).toBeVisible()
  await expect(phone.getByText('Your session has ended.')).toBeVisible()
  await expect(other.getByRole('textbox', { name: /Write in/ })).toBeVisible()
  await signIn(phone, 'alice')
  await expect(phone.getByRole('textbox', { name: /Write in/ })).toBeVisible() // where she was
})

test('too many wrong passwords lock the name out, and the page says what to do', async ({ browser }) => {
  const org = await Organisation.make(browser, { WEB__LOCKOUT_FAILURES: '3' })
  try {
    const page = await org.open('alice')
    const bob = await page.context().browser()!.newPage({ baseURL: org.server.url })
    await bob.goto('/')
    await bob.getByLabel('User name').fill('bob')
    const answers: string[] = []
    await expect(async () => {
      await bob.getByLabel('Password').fill('wrong')
      await bob.getByRole('button', { name: 'Sign in' }).click()
      await expect(bob.getByRole('alert')).toContainText('locked', { timeout: 500 })
    }).toPass({ timeout: 40_000, intervals: [500] })
    answers.push(await bob.getByRole('alert').innerText())
    expect(answers[0]).toMatch(/try again in .*ask an administrator to unlock/i)
    await org.server.perch('user', 'unlock', 'bob')
    await signIn(bob, 'bob')
    await bob.close()
  } finally {
    await org.end()
  }
})

test('every page comes with a content policy that lets no inline script run', async ({ org }) => {
  const page = await org.open('alice')
  for (const path of ['/', '/settings', '/room/x', '/manage', '/hooks-are-not-pages']) {
    const policy = (await page.request.get(path)).headers()['content-security-policy']!
    const directives = new Map(policy.split(';').map((d) => { const [name, ...sources] = d.trim().split(/\s+/); return [name!, sources] as const }))
    expect(directives.get('default-src')).toEqual(["'none'"])
    expect(directives.get('script-src')).toEqual(["'self'"])
    expect(policy).not.toMatch(/unsafe-(inline|eval)|\*|https?:/)
    expect(directives.get('frame-ancestors') ?? []).not.toContain('*')
    for (const name of ['base-uri', 'form-action']) expect(directives.has(name), name).toBe(true)
  }
  const api = (await page.request.get('/api/v1/session')).headers()
  expect(api['content-security-policy']).toContain("default-src 'none'")
  expect(api['cache-control']).toBe('no-store')
  // And it is kept: a script that somebody puts into the page does not run.
  await page.evaluate(() => {
    const s = document.createElement('script')
    s.textContent = 'window.harmed = 1'
    document.head.append(s)
    const d = document.createElement('div')
    d.innerHTML = '<img src=x onerror="window.harmed = 1">'
    document.body.append(d)
  })
  await expect.poll(() => page.evaluate(() => document.images[0]?.complete)).toBe(true)
  expect(await page.evaluate(() => (window as unknown as { harmed?: number }).harmed)).toBeUndefined()
})

const locking = test.extend<{ idle: Organisation }>({
  idle: async ({ browser }, use) => {
    const org = await Organisation.make(browser, { WEB__IDLE_MINUTES: '1' })
    await use(org)
    await org.end()
  },
})

locking('nobody uses it for as long as is allowed: every window is locked, nothing of a room stays in it, and the draft is there again after signing in', async ({ idle: org }) => {
  test.setTimeout(180_000)
  const { guid } = await org.server.room('Rates')
  await (await org.api('bob')).post(guid, 'what the desk trades')
  const page = await org.open('alice', `/room/${guid}`)
  const window = await page.context().newPage()
  await window.goto(`/room/${guid}`)
  await page.bringToFront()
  await expect(page.getByRole('log').getByText('what the desk trades')).toBeVisible()
  const write = page.getByRole('textbox', { name: 'Write in Rates' })
  await write.pressSequentially('half a thought')
  for (const p of [page, window]) {
    await expect(p.getByText('Locked, because nobody used this window for a while.')).toBeVisible({ timeout: 90_000 })
    await expect(p.getByText('what the desk trades')).toHaveCount(0)
    await expect(p.getByRole('textbox', { name: 'Write in Rates' })).toHaveCount(0)
    expect(await p.content()).not.toContain('half a thought')
  }
  await signIn(page, 'alice')
  await expect(page).toHaveURL(new RegExp(guid))
  await expect(write).toHaveValue('half a thought')
})
