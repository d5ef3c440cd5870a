import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** What the one signature of the tests' scanner finds. */
export const infected = 'perch-test-signature-of-our-own'

/** Debian's clamd, with one signature. */
export class Clamd {
  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Clamd> {
    const folder = await mkdtemp(join(tmpdir(), 'clamd'))
    await writeFile(join(folder, 'perch.ndb'), `Perch.Test.Signature:0:*:${Buffer.from(infected).toString('hex')}\n`)
    await writeFile(join(folder, 'clamd.conf'), `Foreground yes\nDatabaseDirectory ${folder}\nLocalSocket ${folder}/clamd.sock\n`)
    const process = spawn('/usr/sbin/clamd', [`--config-file=${folder}/clamd.conf`], { stdio: 'ignore' })
    let failed = false
    process.on('error', () => (failed = true))
    const clamd = new Clamd(process, folder)
    const until = Date.now() + 30_000
    while (!(await answers(`${folder}/clamd.sock`))) {
      failed ||= process.exitCode !== null || Date.now() > until
      if (failed) {
        await clamd.stop()
        throw new Error('clamd does not run; apt-get install -y clamav-daemon')
      }
      await pause(50)
    }
    return clamd
  }

  /** The address as files.scanner names it. */
  get address(): string {
    return `clamd://${this.folder}/clamd.sock`
  }

  async stop(): Promise<void> {
    if (this.process.pid !== undefined && this.process.exitCode === null) {
      const gone = once(this.process, 'exit')
      this.process.kill()
      await gone
    }
    await rm(this.folder, { recursive: true, force: true })
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const c = connect(socket, () => {
      c.destroy()
      resolve(true)
    })
    c.on('error', () => resolve(false))
  })
}
