// A client that asks again as soon as it is refused would keep the server busy with refusing: after some refusals in a
// second, it waits for the next ones. Whoever heeds Retry-After never meets this.

const freePerSecond = 16;
const waitMs = 500;

export class RefusalDamper {
  readonly #counts = new Map<string, number>();

  /** Resolves when the client is to be told that it is refused. */
  async wait(client: string): Promise<void> {
    const count = (this.#counts.get(client) ?? 0) + 1;
    this.#counts.set(client, count);
    if (count > freePerSecond) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }

  /** To be called about once a second. */
  sweep(): void {
    this.#counts.clear();
  }
}
