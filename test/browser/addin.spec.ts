import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, type Organisation, test as base } from './fixtures.ts'

/** A site of somebody else's, and what was asked of it. */
class Site {
  readonly asked: { path: string; cookie: string | undefined; referer: string | undefined }[] = []

  private constructor(
    private readonly http: HttpServer,
    readonly url: string,
  ) {}

  static async start(pages: Record<string, string>): Promise<Site> {
    const http = createServer((q, a) => {
      site.asked.push({ path: q.url ?? '', cookie: q.headers.cookie, referer: q.headers.referer })
      if (q.url?.startsWith('/to?')) return void a.writeHead(302, { Location: q.url.slice(4) }).end()
      const page = pages[q.url ?? '']
      a.writeHead(page ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' }).end(page)
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const site = new Site(http, `http://localhost:${(http.address() as AddressInfo).port}`)
    return site
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }
}

// The board tries what a page in a frame could try: to read its surroundings, and to lead them elsewhere.
const board = `<!doctype html><title>Board</title><h1>Gilts 101.25</h1><button onclick="document.querySelector('h1').textContent='Gilts 101.30'">Refresh</button>
<p id="tried"></p><script>
const tried = []
try { tried.push('top ' + top.document.title) } catch { tried.push('top closed') }
try { tried.push('kept ' + localStorage.length) } catch { tried.push('storage closed') }
try { top.location = '/elsewhere' } catch { tried.push('stays') }
document.getElementById('tried').textContent = tried.join(', ')
</script>`

const test = base.extend<{ site: Site; other: Site }>({
  site: async ({}, use) => {
    const site = await Site.start({ '/board': board })
    await use(site)
    await site.stop()
  },
  other: async ({}, use) => {
    const site = await Site.start({ '/': '<h1>From elsewhere</h1>' })
    await use(site)
    await site.stop()
  },
})

/** Shows a page beside Rates. */
async function beside(org: Organisation, url: string): Promise<string> {
  await org.server.perch('addin', 'add', 'Prices', '--url', url)
  await org.server.perch('room', 'set', 'Rates', '--addin', 'Prices')
  return (await org.server.room('Rates')).guid
}

test('the page of a room’s add-in is shown beside the room and works, and can do nothing to what is around it', async ({ org, site }) => {
  const guid = await beside(org, `${site.url}/board`)
  const page = await org.open('alice', `/room/${guid}`)
  await page.getByRole('button', { name: 'Prices' }).click()
  const panel = page.getByRole('complementary', { name: 'Prices' })
  await expect(panel.locator('iframe')).toHaveAttribute('title', 'Prices')
  const frame = panel.locator('iframe').contentFrame()
  await expect(frame.getByRole('heading')).toHaveText('Gilts 101.25')
  await frame.getByRole('button', { name: 'Refresh' }).click()
  await expect(frame.getByRole('heading')).toHaveText('Gilts 101.30')
  await expect(frame.getByText('top closed, storage closed, stays')).toBeVisible()
  await expect(page).toHaveURL(`${org.server.url}/room/${guid}`)
  expect(site.asked.find((a) => a.path === '/board')).toEqual({ path: '/board', cookie: undefined, referer: undefined }) // it is told nothing
  // The room goes on beside it.
  await page.getByRole('textbox', { name: 'Write in Rates' }).fill('beside the board')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('log').getByText('beside the board')).toBeVisible()
  await expect(frame.getByRole('heading')).toHaveText('Gilts 101.30')
  await panel.getByRole('button', { name: 'Close' }).click()
  await expect(panel).toBeHidden()
})

test('the policy lets in the pages of add-ins, and those of nobody else', async ({ org, site, other }) => {
  const guid = await beside(org, `${site.url}/board`)
  const page = await org.open('alice', `/room/${guid}?panel=addin`)
  await expect(page.locator('iframe').contentFrame().getByRole('heading')).toHaveText('Gilts 101.25')
  const stopped = page.waitForEvent('console', (m) => m.text().includes('Content Security Policy') && m.text().includes(other.url))
  await page.evaluate((url) => {
    const frame = Object.assign(document.createElement('iframe'), { src: url, id: 'foreign' })
    document.body.append(frame)
  }, other.url + '/')
  await stopped
  await expect(page.frameLocator('#foreign').getByText('From elsewhere')).toHaveCount(0)
  expect(other.asked).toEqual([]) // the browser did not even ask
})

test('an add-in that is made while somebody looks asks for a reload, and is let in then', async ({ org, site }) => {
  const { guid } = await org.server.room('Rates')
  const page = await org.open('alice', `/room/${guid}`)
  await expect(page.getByRole('textbox', { name: 'Write in Rates' })).toBeVisible()
  await beside(org, `${site.url}/board`)
  await page.getByRole('button', { name: 'Prices' }).click()
  await page.getByRole('complementary', { name: 'Prices' }).getByRole('button', { name: 'Reload' }).click()
  await expect(page.locator('iframe').contentFrame().getByRole('heading')).toHaveText('Gilts 101.25')
})

test('a page that leads on to another site, to sign in there for example, is stopped, and can be opened by itself', async ({ org, site, other }) => {
  const guid = await beside(org, `${site.url}/to?${other.url}/`)
  const page = await org.open('alice', `/room/${guid}?panel=addin`)
  const panel = page.getByRole('complementary', { name: 'Prices' })
  await expect(panel.getByText('This page leads to another site')).toBeVisible()
  await expect(panel.getByRole('button', { name: 'Reload' })).toHaveCount(0)
  expect(other.asked).toEqual([])
  const opened = page.waitForEvent('popup')
  await panel.getByRole('link', { name: 'Open it in a window of its own' }).click()
  await expect((await opened).getByRole('heading')).toHaveText('From elsewhere')
})
