import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** The network between a browser and the server, which a test can break in the ways in which networks break. */
export class Proxy {
  private readonly pairs = new Set<[Socket, Socket]>()
  private readonly sockets = new WeakSet<Socket>() // those of WebSockets, on the browser's side
  private cutOff = false

  private constructor(
    private readonly listener: Server,
    readonly url: string,
  ) {}

  /** Stands before the server that is at the given host and port. */
  static async before(address: string): Promise<Proxy> {
    const [host, port] = address.split(':')
    const listener = createServer({ allowHalfOpen: false })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const proxy = new Proxy(listener, `http://127.0.0.1:${(listener.address() as AddressInfo).port}`)
    listener.on('connection', (browser) => proxy.take(browser, connect(Number(port), host)))
    return proxy
  }

  private take(browser: Socket, server: Socket) {
    const pair: [Socket, Socket] = [browser, server]
    this.pairs.add(pair)
    const end = () => {
      browser.destroy()
      server.destroy()
      this.pairs.delete(pair)
    }
    for (const s of pair) s.on('error', end).on('close', end)
    if (this.cutOff) return end()
    browser.once('data', (head: Buffer) => /^upgrade: websocket\r$/im.test(head.toString('latin1')) && this.sockets.add(browser))
    browser.pipe(server)
    server.pipe(browser)
  }

  /** Breaks every connection that there is; new ones are let through. */
  drop(): void {
    for (const [browser] of [...this.pairs]) browser.resetAndDestroy()
  }

  get isCut(): boolean {
    return this.cutOff
  }

  /** Lets nothing through until it is restored. */
  cut(): void {
    this.cutOff = true
    this.drop()
  }

  restore(): void {
    this.cutOff = false
  }

  /** From now on the answers on the connections that there are get lost, while what is asked arrives. */
  loseAnswers(): void {
    for (const [browser, server] of this.pairs) {
      server.unpipe(browser)
      server.resume()
    }
  }

  /** WebSockets go silent both ways without being closed, as when a laptop sleeps; other connections a browser gives up then. */
  stall(): void {
    for (const [browser, server] of [...this.pairs]) {
      if (!this.sockets.has(browser)) {
        browser.resetAndDestroy()
        continue
      }
      browser.unpipe(server)
      server.unpipe(browser)
      browser.resume()
      server.resume()
    }
  }

  async end(): Promise<void> {
    this.cut()
    this.listener.close()
    await once(this.listener, 'close')
  }
}
