import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const bin = join(import.meta.dirname, '../../bin')

export interface Addresses {
  sip_tcp: string
  sip_tls: string
  web: string
}

/** A perch process on a data folder of its own, for the domain example.test. */
export class Server {
  addresses!: Addresses
  private process?: ChildProcess
  private log = ''

  private constructor(
    readonly data: string,
    private env: NodeJS.ProcessEnv,
  ) {}

  /** Starts one on free ports; settings are PERCH_ variables without the prefix. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), 'perch-browser-'))
    const own = Object.fromEntries(Object.entries(settings).map(([k, v]) => [`PERCH_${k}`, v]))
    const server = new Server(data, {
      ...process.env,
      PERCH_DOMAIN: 'example.test', PERCH_SIP__TCP: '127.0.0.1:0', PERCH_SIP__TLS: '127.0.0.1:0', PERCH_WEB__LISTEN: '127.0.0.1:0',
      PERCH_LOG__LEVEL: 'warn', ...own,
    })
    await server.up()
    return server
  }

  get url(): string {
    return `http://${this.addresses.web}`
  }

  /** Starts the process on what the folder holds; returns when it serves. */
  async up(): Promise<void> {
    await rm(join(this.data, 'addresses.json'), { force: true })
    this.process = spawn(join(bin, 'perch'), ['serve', '--data', this.data], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (text: Buffer) => (this.log = (this.log + text.toString()).slice(-20_000)))
    }
    const until = Date.now() + 30_000
    for (;;) {
      if (this.process.exitCode !== null) throw new Error(`the server ended at start:\n${this.log}`)
      if (Date.now() > until) throw new Error(`the server was not ready in 30 s:\n${this.log}`)
      const text = await readFile(join(this.data, 'addresses.json'), 'utf8').catch(() => '')
      if (text.endsWith('}\n') || text.endsWith('}')) {
        this.addresses = JSON.parse(text) as Addresses
        // The next start of this server is at the same place.
        this.env = { ...this.env, PERCH_WEB__LISTEN: this.addresses.web, PERCH_SIP__TLS: this.addresses.sip_tls, PERCH_SIP__TCP: this.addresses.sip_tcp }
        return
      }
      await pause(20)
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM')
    await rm(this.data, { recursive: true, force: true })
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = once(this.process, 'exit')
    this.process.kill(signal)
    await gone
  }

  /** Runs an administrator's command and returns what it prints. */
  perch(...args: string[]): Promise<string> {
    return this.perchWith('', ...args)
  }

  /** The same with something on its standard input. */
  perchWith(input: string, ...args: string[]): Promise<string> {
    return run(join(bin, 'perch'), ['--data', this.data, ...args], input)
  }

  /** Runs a command of the load generator. */
  perchload(...args: string[]): Promise<string> {
    return run(join(bin, 'perchload'), ['--data', this.data, ...args], '')
  }

  async addUser(name: string, display: string): Promise<void> {
    await this.perchWith(password(name) + '\n', 'user', 'add', name, '--name', display, '--password-stdin', '--ntlm')
  }

  /** The room as an administrator sees it. */
  async room(name: string): Promise<{ name: string; uri: string; guid: string }> {
    const room = JSON.parse(await this.perch('room', 'show', name, '--json')) as { name: string; uri: string }
    return { ...room, guid: room.uri.slice(room.uri.lastIndexOf('/') + 1) }
  }
}

export function password(name: string): string {
  return `secret of ${name}`
}

function run(file: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${args.join(' ')}: ${error.message}\n${stdout}${stderr}`))
      else resolve(stdout)
    })
    child.stdin?.on('error', () => undefined) // it had no use for its input: what it says is told above
    child.stdin?.end(input)
  })
}
