import { password } from './server.ts'

export interface Message {
  id: number
  text: string
  title?: string
  author_name: string
}

/** A person at the API, as a program of his would be: what posts in the background of a test. */
export class Api {
  private constructor(
    private readonly base: string,
    readonly cookie: string,
  ) {}

  static async signIn(url: string, user: string): Promise<Api> {
    const r = await fetch(`${url}/api/v1/session`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', Origin: url }, body: JSON.stringify({ user, password: password(user) }),
    })
    const cookie = r.headers.getSetCookie()[0]?.split(';')[0]
    if (!r.ok || !cookie) throw new Error(`${user} cannot sign in: ${r.status} ${await r.text()}`)
    return new Api(`${url}/api/v1`, cookie)
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const r = await fetch(this.base + path, {
      method, headers: { Cookie: this.cookie, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await r.text()
    if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${text}`)
    return (text ? JSON.parse(text) : undefined) as T
  }

  post(room: string, text: string, more: Record<string, unknown> = {}): Promise<Message> {
    return this.call('POST', `/rooms/${room}/messages`, { client_id: crypto.randomUUID(), text, ...more })
  }

  /** Uploads a file in one request, and returns its id when it may be had. */
  async upload(room: string, name: string, bytes: Buffer): Promise<string> {
    const r = await fetch(`${this.base}/rooms/${room}/files`, {
      method: 'POST', body: new Uint8Array(bytes),
      headers: {
        Cookie: this.cookie, 'Tus-Resumable': '1.0.0', 'Upload-Length': String(bytes.length), 'Content-Type': 'application/offset+octet-stream',
        'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}`,
      },
    })
    const id = r.headers.get('Location')?.split('/').pop()
    if (!r.ok || !id) throw new Error(`upload of ${name}: ${r.status} ${await r.text()}`)
    return id
  }

  follow(room: string): Promise<unknown> {
    return this.call('PATCH', `/my/rooms/${room}`, { followed: true })
  }
}
