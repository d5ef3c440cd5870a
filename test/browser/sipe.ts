import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { password, type Server } from './server.ts'

/** Debian's SIPE plugin, signed in as one user: the old client that stands beside the web client in the tests. */
export class Sipe {
  private events: string[][] = []
  private waiting?: () => void

  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string,
  ) {
    const lines = createInterface({ input: child.stdout! })
    lines.on('line', (line) => {
      this.events.push(line.split('\t').map(unquote))
      this.waiting?.()
    })
  }

  static async signIn(server: Server, name: string): Promise<Sipe> {
    const child = spawn(
      join(import.meta.dirname, '../../bin/sipedriver'),
      [server.addresses.sip_tls, 'tls', `${name}@example.test`, password(name)],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    )
    const sipe = new Sipe(child, name)
    await sipe.await('signed-on')
    await sipe.await('chat-ready')
    return sipe
  }

  do(...words: string[]): void {
    this.child.stdin!.write(words.join('\t') + '\n')
  }

  /** The next event that begins with the given fields; others before it are passed over. */
  async await(...want: string[]): Promise<string[]> {
    const until = Date.now() + 20_000
    const passed: string[][] = []
    for (;;) {
      const event = this.events.shift()
      if (event) {
        if (want.every((w, i) => event[i] === w)) return event
        passed.push(event)
        continue
      }
      const left = until - Date.now()
      if (left <= 0) throw new Error(`${this.name}: no ${want.join(' ')} in 20 s; it said ${JSON.stringify(passed)}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.waiting = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async enter(uri: string, title: string): Promise<void> {
    this.do('join', uri)
    await this.await('joined', title)
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return
    const gone = once(this.child, 'exit')
    this.child.stdin!.end()
    await gone
  }
}

/** Undoes the driver's C escapes. */
function unquote(field: string): string {
  return field.replace(/\\(?:([abfnrtv\\"'])|x([0-9a-fA-F]{2})|([0-7]{1,3}))/g, (_, letter: string, hex: string, octal: string) => {
    if (letter) return ({ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' } as Record<string, string>)[letter] ?? letter
    return String.fromCharCode(Number.parseInt(hex ?? octal, hex ? 16 : 8))
  })
}
