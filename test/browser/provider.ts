import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import Provider from 'oidc-provider'

/** An OpenID Connect provider with a page of its own, at which whoever names himself is believed. */
export class Login {
  private constructor(
    private readonly http: HttpServer,
    readonly issuer: string,
  ) {}

  /** Starts one that waits for requests: who may ask it is said by trust. */
  static async listen(): Promise<Login> {
    const http = createServer()
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    return new Login(http, `http://localhost:${(http.address() as AddressInfo).port}`)
  }

  /** What a server is told about it. */
  get settings(): Record<string, string> {
    return { WEB__OIDC__NAME: 'Our login', WEB__OIDC__ISSUER: this.issuer, WEB__OIDC__CLIENT_ID: 'perch', WEB__OIDC__CLIENT_SECRET: 'between us' }
  }

  /** Lets the server at url ask. */
  trust(url: string): void {
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: 'perch', client_secret: 'between us', redirect_uris: [`${url}/api/v1/oidc/Our%20login/callback`] }],
      cookies: { keys: ['of this test'] },
      claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
      pkce: { required: () => true },
    })
    const answer = provider.callback()
    this.http.on('request', (q, a) => void answer(q, a))
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }
}
