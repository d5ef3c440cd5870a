import { randomBytes } from 'node:crypto'

import type { Page } from '@playwright/test'

import { expect, test } from './fixtures.ts'

// One pixel, red.
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='

function composer(page: Page) {
  return page.getByRole('textbox', { name: /Write in/ })
}

async function pastePicture(page: Page, name: string): Promise<void> {
  await composer(page).evaluate((area, [data, name]) => {
    const bytes = Uint8Array.from(atob(data!), (c) => c.charCodeAt(0))
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([bytes], name!, { type: 'image/png' }))
    area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, [png, name])
}

test('a picture that is pasted is previewed, posted, shown, and reaches an old client as a link to a file', async ({ org }) => {
  const { uri, guid } = await org.server.room('Rates')
  const bob = await org.sipe('bob')
  await bob.enter(uri, 'Rates')
  const page = await org.open('alice', `/room/${guid}`)
  await pastePicture(page, 'curve.png')
  const tray = page.getByRole('list', { name: 'Files to be posted' })
  await expect(tray.getByText('curve.png')).toBeVisible()
  await expect(tray.locator('canvas')).toBeVisible()
  await expect(tray.getByRole('button', { name: 'Remove curve.png' })).toBeVisible() // it is uploaded
  await composer(page).fill('the curve')
  await page.keyboard.press('Enter')
  await expect(tray).toBeHidden()
  const card = page.getByRole('log').getByRole('link', { name: /curve\.png/ })
  await expect(card).toBeVisible()
  await expect.poll(() => card.locator('img').evaluate((i: HTMLImageElement) => i.naturalWidth)).toBe(1)
  const [, , , text] = await bob.await('message', 'Rates', 'sip:alice@example.test')
  expect(text).toContain('the curve')
  expect(text).toMatch(/ma-filelink:\S*[0-9a-f-]{36}\.png/)
  const downloading = page.waitForEvent('download')
  await card.click()
  expect((await downloading).suggestedFilename()).toBe('curve.png')
})

test('of three files that are picked the one that is too large is refused by name before it is sent, and the others go on', async ({ org }) => {
  await org.server.perch('settings', 'set', '--max-file-size-kb', '100')
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  const begun: string[] = []
  page.on('request', (r) => {
    const meta = r.method() === 'POST' && r.url().endsWith('/files') ? r.headers()['upload-metadata'] : undefined
    if (meta) begun.push(Buffer.from(/filename (\S+?)(,|$)/.exec(meta)![1]!, 'base64').toString())
  })
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Attach files' }).click()
  await (await choosing).setFiles([
    { name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('one') },
    { name: 'huge.txt', mimeType: 'text/plain', buffer: Buffer.alloc(200 << 10, 'x') },
    { name: 'two.txt', mimeType: 'text/plain', buffer: Buffer.from('two') },
  ])
  const alerts = page.getByRole('alert').filter({ hasText: 'too large' })
  await expect(alerts).toHaveCount(1)
  await expect(alerts).toContainText('huge.txt is too large. At most 102 kB')
  await expect(page.getByRole('button', { name: 'Remove one.txt' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Remove two.txt' })).toBeVisible()
  expect(begun.sort()).toEqual(['one.txt', 'two.txt'])
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  for (const name of ['one.txt', 'two.txt']) await expect(page.getByRole('log').getByRole('link', { name })).toBeVisible()
})

test('three files that are dropped on the room are attached', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  const dragged = await page.evaluateHandle(() => {
    const data = new DataTransfer()
    for (const name of ['a.txt', 'b.txt', 'c.txt']) data.items.add(new File([name], name, { type: 'text/plain' }))
    return data
  })
  await page.getByRole('log').dispatchEvent('dragover', { dataTransfer: dragged })
  await expect(page.getByText('Drop files to attach them')).toBeVisible()
  await page.getByRole('log').dispatchEvent('drop', { dataTransfer: dragged })
  await expect(page.getByText('Drop files to attach them')).toBeHidden()
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await expect(page.getByRole('button', { name: `Remove ${name}` })).toBeVisible()
})

test('an upload shows how far it is, and when it is cancelled the server keeps nothing of it', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  let upload = ''
  page.on('response', (r) => {
    if (r.request().method() === 'POST' && r.url().endsWith('/files')) upload = r.headers()['location'] ?? ''
  })
  // The second chunk does not get through: the upload stands at its first four megabytes.
  let chunks = 0
  await page.route('**/api/v1/uploads/**', (route) => (route.request().method() === 'PATCH' && ++chunks > 1 ? undefined : route.continue()))
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Attach files' }).click()
  await (await choosing).setFiles([{ name: 'big.bin', mimeType: 'application/octet-stream', buffer: randomBytes(12 << 20) }])
  const bar = page.getByRole('progressbar', { name: 'big.bin' })
  await expect.poll(() => bar.evaluate((b: HTMLProgressElement) => b.value / b.max)).toBeGreaterThanOrEqual(0.3)
  expect(await bar.evaluate((b: HTMLProgressElement) => b.value)).toBeLessThan(12 << 20)
  const alice = { Cookie: (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; '), 'Tus-Resumable': '1.0.0' }
  const address = new URL(upload, org.server.url).href
  expect((await fetch(address, { method: 'HEAD', headers: alice })).status).toBe(200)
  await page.getByRole('button', { name: 'Cancel the upload of big.bin' }).click()
  await expect(bar).toBeHidden()
  await expect.poll(async () => (await fetch(address, { method: 'HEAD', headers: alice })).status).toBe(404)
})

test('somebody without the right gets nothing by a link, and with a stolen upload he can do nothing', async ({ org }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  await pastePicture(page, 'secret-plan.png')
  await expect(page.getByRole('button', { name: 'Remove secret-plan.png' })).toBeVisible()
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  const card = page.getByRole('log').getByRole('link', { name: /secret-plan\.png/ })
  const link = new URL((await card.getAttribute('href'))!, org.server.url)
  const id = link.pathname.split('/').at(-2)!
  const [mallory, bob] = [await org.api('mallory'), await org.api('bob')]
  for (const cookie of [mallory.cookie, '']) {
    const r = await fetch(link, { headers: { Cookie: cookie } })
    expect([401, 404]).toContain(r.status)
    const body = await r.text()
    expect(body).not.toContain('PNG')
    expect(body).not.toContain('secret-plan')
  }
  expect((await fetch(link, { headers: { Cookie: bob.cookie } })).status).toBe(200)
  await expect(mallory.call('GET', `/files/${id}`)).rejects.toThrow(/404/)

  // An upload that alice has begun is not even bob's, who may upload there himself.
  const alice = await org.api('alice')
  const made = await fetch(`${org.server.url}/api/v1/rooms/${guid}/files`, {
    method: 'POST', headers: { Cookie: alice.cookie, 'Tus-Resumable': '1.0.0', 'Upload-Length': '10', 'Upload-Metadata': `filename ${btoa('x.txt')}` },
  })
  expect(made.status).toBe(201)
  const upload = new URL(made.headers.get('location')!, org.server.url)
  for (const cookie of [bob.cookie, mallory.cookie]) {
    const tus = { Cookie: cookie, 'Tus-Resumable': '1.0.0' }
    expect((await fetch(upload, { method: 'HEAD', headers: tus })).status).toBe(404)
    const patch = await fetch(upload, { method: 'PATCH', headers: { ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' }, body: 'overwritten' })
    expect(patch.status).toBe(404)
    expect((await fetch(upload, { method: 'DELETE', headers: tus })).status).toBe(404)
  }
  const head = await fetch(upload, { method: 'HEAD', headers: { Cookie: alice.cookie, 'Tus-Resumable': '1.0.0' } })
  expect([head.status, head.headers.get('upload-offset')]).toEqual([200, '0'])
})
