// How many large answers are on their way: of the model, the page's runtime, a report. Whoever asks for more at a time than a
// browser does is told to come again, because each answer that nobody reads fills the system's buffers.
import { ServerBusyError } from "../work/server-busy.js";

/** Smaller answers are not counted. */
export const largeBytes = 2 ** 20;
/** As many as browsers have connections to one server. */
const mostPerClient = 6;
const mostInAll = 64;

export class Downloads {
  readonly #counts = new Map<string, number>();
  #inAll = 0;

  /**
   * @returns what to call when the answer is sent or given up
   * @throws ServerBusyError
   */
  begin(client: string): () => void {
    const own = this.#counts.get(client) ?? 0;
    if (own >= mostPerClient) throw busy(`sends a client ${mostPerClient} large answers at a time`);
    if (this.#inAll >= mostInAll) throw busy(`sends ${mostInAll} large answers at a time`);
    this.#add(client, 1);
    return () => this.#add(client, -1);
  }

  #add(client: string, by: 1 | -1): void {
    const own = (this.#counts.get(client) ?? 0) + by;
    if (own > 0) this.#counts.set(client, own);
    else this.#counts.delete(client);
    this.#inAll += by;
  }
}

const busy = (rule: string) => new ServerBusyError(rule, "one more", 1);
