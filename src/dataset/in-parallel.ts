// A bounded number of asynchronous actions at a time over a list.

/**
 * Runs `action` on every item, at most `workers` at a time; items are started in order. The first failure rejects.
 * Meant for actions that wait for disk or for another thread's decoding.
 */
export async function inParallel<T>(
  items: readonly T[],
  workers: number,
  action: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries(); // shared: each worker takes the next item
  const work = async () => {
    for (const [index, item] of queue) await action(item, index);
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, work));
}
