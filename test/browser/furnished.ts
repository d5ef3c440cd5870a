import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { type Browser } from '@playwright/test'

import { Clamd, infected } from './clamd.ts'
import { Organisation } from './fixtures.ts'

/** An organisation with something on every page of managers and administrators: dora is administrator, otto compliance officer. */
export class Furnished {
  private constructor(
    readonly org: Organisation,
    readonly rates: string, // GUID of the room Rates
    readonly out: string, // folder that adapters write to
    private readonly clamd: Clamd,
    private readonly receiver: HttpServer,
  ) {}

  static async make(browser: Browser): Promise<Furnished> {
    const clamd = await Clamd.start()
    const receiver = createServer((_, answer) => answer.writeHead(500).end('not today'))
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const hosts = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    const org = await Organisation.make(browser, { FILES__SCANNER: clamd.address, WEB__WEBHOOK_HOSTS: hosts })
    const f = new Furnished(org, (await org.server.room('Rates')).guid, join(org.server.data, 'handed-on'), clamd, receiver)
    await staff(org)
    await f.rooms()
    await f.people(hosts)
    await f.records()
    return f
  }

  private async rooms(): Promise<void> {
    const { server } = this.org
    await server.perch('addin', 'add', 'Prices', '--url', 'https://prices.example.test/board')
    await server.perch('room', 'set', 'Rates', '--addin', 'Prices', '--description', 'Gilts, swaps and what moves them')
    await server.perch('category', 'add', 'Research', '--allow', 'alice', '--allow', 'carol', '--deny', 'bob', '--creator', 'carol', '--strict', '--description', 'Notes before they are published')
    await server.perch('room', 'add', 'Morning call', '--category', 'Research', '--manager', 'alice', '--type', 'auditorium', '--member', 'carol', '--presenter', 'carol')
    await server.perch('room', 'add', 'Old desk', '--category', 'Trading', '--manager', 'alice', '--privacy', 'secret')
    await server.perch('room', 'disable', 'Old desk')
    const [alice, bob] = [await this.org.api('alice'), await this.org.api('bob')]
    for (const text of ['gilt auction at eleven', 'two way in fives?', 'halted']) await bob.post(this.rates, text, { alert: text === 'halted' })
    const file = (name: string, text: string) => bob.upload(this.rates, name, Buffer.from(text))
    await file('invoice.doc', `${infected} and some more`)
    await file('prices.csv', 'a,b\n1,2\n')
    await alice.follow(this.rates)
  }

  private async people(hosts: string): Promise<void> {
    const { server } = this.org
    await server.perch('group', 'add', 'Desk', '--name', 'Trading desk')
    await server.perch('group', 'join', 'Desk', 'alice', 'bob')
    await server.perch('group', 'add', 'Analysts')
    await server.perch('group', 'join', 'Analysts', 'mallory')
    await server.perch('wall', 'add', 'Chinese wall', 'Desk', 'Analysts')
    await server.perch('policy', 'add', 'Contractors', '--disable', '--description', 'Not before their papers are there')
    await server.perch('policy', 'grant', 'mallory', '--policy', 'Contractors')
    await server.perch('settings', 'add', 'site:London', '--default-chat-history', '50')
    await server.perch('token', 'add', 'alice', '--name', 'nightly report')
    await server.perch('webhook', 'add', 'Rates', 'Build robot')
    await server.perch('webhook', 'add', 'Rates', 'Outside desk', '--url', `${hosts}/in`, '--word', 'halted')
  }

  /** A batch that was handed on, and one that cannot be, since a file stands where its folder should be. */
  private async records(): Promise<void> {
    await mkdir(this.out)
    await writeFile(join(this.out, 'csv'), 'in the way')
    const otto = await this.org.api('otto')
    await otto.call('PUT', '/admin/compliance/global', { adapter_type: 'jsonl,csv', adapter_output_directory: this.out, version: 0 })
    await otto.call('POST', '/admin/archive/run')
    const dora = await this.org.api('dora')
    await dora.call('POST', '/admin/glass', { reason: 'A patient’s call that must be heard now', minutes: 30 })
  }

  async end(): Promise<void> {
    await this.org.end()
    await this.clamd.stop()
    await new Promise((resolve) => this.receiver.close(resolve))
  }
}

/** Adds dora, an administrator, and otto, a compliance officer, both of whom use the web. */
export async function staff(org: Organisation): Promise<void> {
  await org.server.addUser('dora', 'Dora Deputy')
  await org.server.addUser('otto', 'Otto Officer')
  await org.server.perch('duty', 'grant', 'dora@example.test', 'administrator')
  await org.server.perch('duty', 'grant', 'otto@example.test', 'officer')
}
