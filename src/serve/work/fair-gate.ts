// Lets a number of actions run at a time. Of those that wait, the client whose actions have taken the least time comes
// first (start-time fair queueing), so that nobody waits behind all that another has sent: with actions that take as long
// as each other, clients take turns. While several are there, none has more than its share of the places, so that actions
// that hang leave some to the others.

interface Waiting {
  /** Gives it a place, charged with so many milliseconds until it is known how long it took. */
  readonly pass: (foreseenMs: number) => void;
}

interface Account {
  readonly client: string;
  /** Milliseconds that the client's actions took; of those that run, what one takes on average. */
  usedMs: number;
  running: number;
  readonly waiting: Waiting[];
  lastMs: number;
}

/** Weight of the newest action in the mean time that one takes. */
const newest = 0.1;
/** Accounts of clients that ask for nothing; more than these are closed, if they owe nothing. */
const mostIdle = 100;

export class FairGate {
  readonly #places: number;
  readonly #now: () => number;
  readonly #reserveMs: number;
  #free: number;
  /** Whoever was served last stands last: of two that used as much, the first in line is next. */
  readonly #accounts = new Map<string, Account>();
  /** What the one served last had used: a client that comes back starts from there, without credit for being away. */
  #levelMs = 0;
  #meanMs = 1;

  /**
   * @param places actions that run at the same time; at least 1
   * @param now milliseconds, monotonic
   * @param reserveMs how long the share of a client that asks for nothing is kept free for it
   */
  constructor(places: number, now: () => number, reserveMs = 0) {
    this.#places = places;
    this.#free = places;
    this.#now = now;
    this.#reserveMs = reserveMs;
  }

  /**
   * Runs the action when its turn comes.
   * @param signal an action that still waits when it aborts never runs: the promise rejects with the signal's reason
   */
  async run<R>(client: string, action: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted();
    const account = this.#accountOf(client);
    const foreseenMs = await this.#turn(account, signal);
    const startMs = this.#now();
    try {
      return await action();
    } finally {
      const elapsedMs = this.#now() - startMs;
      this.#meanMs += newest * (elapsedMs - this.#meanMs);
      account.usedMs += elapsedMs - foreseenMs;
      account.running--;
      account.lastMs = this.#now();
      this.#free++;
      this.#next();
    }
  }

  #accountOf(client: string): Account {
    if (this.#accounts.size > mostIdle) {
      for (const [key, { running, waiting, usedMs }] of this.#accounts) {
        if (running === 0 && waiting.length === 0 && usedMs <= this.#levelMs) this.#accounts.delete(key);
      }
    }
    const account = this.#accounts.get(client) ?? { client, usedMs: this.#levelMs, running: 0, waiting: [], lastMs: 0 };
    if (account.running === 0 && account.waiting.length === 0) account.usedMs = Math.max(account.usedMs, this.#levelMs);
    this.#accounts.set(client, account);
    return account;
  }

  /** Resolves when there is a place, which is taken by then, to what it is charged with. */
  #turn(account: Account, signal: AbortSignal | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        account.waiting.splice(account.waiting.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const pass = (foreseenMs: number) => {
        signal?.removeEventListener("abort", leave);
        resolve(foreseenMs);
      };
      const waiting: Waiting = { pass };
      account.waiting.push(waiting);
      signal?.addEventListener("abort", leave, { once: true });
      this.#next();
    });
  }

  #next(): void {
    while (this.#free > 0) {
      let least: Account | undefined;
      const share = this.#share();
      for (const account of this.#accounts.values()) {
        if (
          account.waiting.length > 0 &&
          account.running < share &&
          (least === undefined || account.usedMs < least.usedMs)
        )
          least = account;
      }
      const waiting = least?.waiting.shift();
      if (least === undefined || waiting === undefined) return;
      this.#free--;
      this.#accounts.delete(least.client);
      this.#accounts.set(least.client, least);
      this.#levelMs = least.usedMs;
      least.usedMs += this.#meanMs;
      least.running++;
      waiting.pass(this.#meanMs);
    }
  }

  /** Places of one client. */
  #share(): number {
    const sinceMs = this.#now() - this.#reserveMs;
    let clients = 0;
    for (const { running, waiting, lastMs } of this.#accounts.values()) {
      if (running > 0 || waiting.length > 0 || lastMs > sinceMs) clients++;
    }
    return Math.ceil(this.#places / Math.max(1, clients));
  }
}
