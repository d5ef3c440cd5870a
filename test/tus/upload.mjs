// Uploads a file into a room with tus-js-client, over whatever connection it is
// given, and prints what was answered, then where the upload is.
//
//   node upload.mjs '{"server": "http://127.0.0.1:1234", "room": GUID, "user": "alice", "password": "...",
//                     "file": PATH, "name": "a.bin", "chunk": bytes or 0}'

import { readFileSync } from 'node:fs'
import * as tus from 'tus-js-client'

const o = JSON.parse(process.argv[2])
const api = `${o.server}/api/v1`
let cookie

async function signIn() {
  const answer = await fetch(`${api}/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: o.user, password: o.password }),
  })
  if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`)
  cookie = answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
}

const upload = new tus.Upload(readFileSync(o.file), {
  endpoint: `${api}/rooms/${o.room}/files`,
  chunkSize: o.chunk || Infinity,
  metadata: { filename: o.name },
  retryDelays: Array(100).fill(200),
  storeFingerprintForResuming: false,
  async onBeforeRequest(request) {
    // A server that was killed may have forgotten who signed in.
    if (!cookie || request.getMethod() === 'HEAD') await signIn()
    request.setHeader('Cookie', cookie)
  },
  onAfterResponse(request, answer) {
    console.log(request.getMethod(), answer.getStatus(), answer.getHeader('Upload-Offset') ?? '-')
  },
  onError(error) {
    console.error(String(error))
    process.exit(1)
  },
  onSuccess() {
    console.log('UPLOADED', new URL(upload.url).pathname)
    process.exit(0)
  },
})
upload.start()
