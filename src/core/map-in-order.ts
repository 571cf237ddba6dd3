// A bounded number of asynchronous actions over a stream: results come in the stream's order, and the stream is only
// read as far ahead as the results are taken.
import { Gate } from "./gate.js";

export interface AheadLimits {
  /** Actions that run at the same time. */
  readonly workers: number;
  /** Items taken from the stream whose result has not been given out, waiting ones included. */
  readonly ahead: number;
}

/** `action` of each item, in order. A failing action rejects when its turn comes. */
export async function* mapInOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  { workers, ahead }: AheadLimits,
  action: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const started: Promise<R>[] = [];
  const gate = new Gate(Math.max(1, workers));
  for await (const item of items) {
    const result = gate.run(() => action(item));
    result.catch(() => undefined); // told when its turn comes; until then it is not unhandled
    started.push(result);
    if (started.length >= ahead) yield await (started.shift() as Promise<R>);
  }
  for (const result of started) yield await result;
}
