// Calls to a worker that takes one after another, as promises. A worker that ends or hangs is replaced: the call that it
// was at fails, and those that only waited behind it are made again. Knows no browser, so that tests need none.
import { AppError } from "../core/errors.js";

/** Names of calls, each with what is asked and what is answered. */
export type CallTypes<Types> = {
  readonly [Name in keyof Types]: { readonly request: object; readonly reply: unknown };
};

/** What the calls go to. */
export interface CallPort {
  /** @param message a `PostedCall` */
  post(message: PostedCall): void;
  /** It is not heard of again. */
  end(): void;
}

export interface PostedCall {
  readonly callId: number;
  readonly name: string;
  readonly request: object;
}

export interface CallQueueOptions<Types extends CallTypes<Types>> {
  /** Starts a worker; it answers with `CallQueue.answer` and `.lose`, as long as it is the last one started. */
  readonly start: () => CallPort;
  /** How long a call may take once it is its turn. */
  readonly limitsMs: Readonly<Record<keyof Types, number>>;
  /** The worker ended, and with it all that it held. Calls made in here come before those that are made again. */
  readonly onLost: () => void;
  /** What a request is about: calls about the same thing as the one that fails are not made again. */
  readonly subjectOf: (request: object) => unknown;
}

interface OpenCall {
  readonly posted: PostedCall;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (reason: AppError) => void;
}

export class CallQueue<Types extends CallTypes<Types>> {
  readonly #options: CallQueueOptions<Types>;
  /** In the order in which the worker takes them. */
  readonly #calls = new Map<number, OpenCall>();
  #port: CallPort | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextCallId = 1;

  constructor(options: CallQueueOptions<Types>) {
    this.#options = options;
  }

  /** @throws AppError as the worker met it, or PAGE_WORKER_LOST */
  call<Name extends keyof Types & string>(name: Name, request: Types[Name]["request"]): Promise<Types[Name]["reply"]> {
    return new Promise((resolve, reject) => {
      const posted = { callId: this.#nextCallId++, name, request };
      this.#send({ posted, resolve: resolve as OpenCall["resolve"], reject });
    });
  }

  /** The worker's answer to a call: its reply, or the error that it met. */
  answer(callId: number, outcome: { readonly reply: unknown } | { readonly failure: AppError }): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    this.#calls.delete(callId);
    this.#watchFirst();
    if ("failure" in outcome) call.reject(outcome.failure);
    else call.resolve(outcome.reply);
  }

  /** The worker has ended, or must be. @param rule what became of it, @param remedy for the call that it was at */
  lose(rule: string, remedy?: string): void {
    this.#port?.end();
    this.#port = undefined;
    const [first, ...others] = this.#calls.values();
    this.#calls.clear();
    this.#watchFirst();
    this.#options.onLost();
    if (first === undefined) return;
    const lost = () => new AppError("PAGE_WORKER_LOST", { place: "the inference worker", rule, remedy });
    const subject = this.#options.subjectOf(first.posted.request);
    first.reject(lost());
    for (const call of others) {
      const isSame = subject !== undefined && this.#options.subjectOf(call.posted.request) === subject;
      if (isSame) call.reject(lost());
      else this.#send(call);
    }
  }

  #send(call: OpenCall): void {
    this.#port ??= this.#options.start();
    this.#calls.set(call.posted.callId, call);
    this.#port.post(call.posted);
    if (this.#calls.size === 1) this.#watchFirst();
  }

  /** Only the first call can hang: the others have not begun. */
  #watchFirst(): void {
    clearTimeout(this.#timer);
    const [first] = this.#calls.values();
    if (first === undefined) return;
    const late = () => this.lose("did not answer in time", "It is started again for the next file");
    this.#timer = setTimeout(late, this.#options.limitsMs[first.posted.name as keyof Types]);
  }
}
