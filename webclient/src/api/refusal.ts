/** Why the server, or the way to it, did not do what was asked. */
export class Refusal extends Error {
  /**
   * @param status 0 if no answer came: the network, or the server is not there
   * @param retryAfter seconds after which it may be tried again
   */
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly retryAfter?: number,
    readonly body?: unknown,
  ) {
    super(message);
  }

  /** It may be otherwise in a while, with nothing done about it here. */
  get passing(): boolean {
    return this.unreachable || this.status >= 500 || this.status === 429;
  }

  /** No answer came; nobody knows whether it was done. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }
}
