// Arenas free the tensors made inside them. Synchronous by design: the open arenas are one stack.

interface Disposable {
  dispose(): void;
}

const openArenas: Set<Disposable>[] = [];

/** Called by every new tensor: the innermost arena owns it. */
export function adopt(tensor: Disposable): void {
  openArenas.at(-1)?.add(tensor);
}

/**
 * Runs `action`, frees every tensor it made except those in its result (a tensor, or arrays, plain objects and maps
 * of them), and hands those to the arena around this one.
 */
export function inArena<T>(action: () => T): T {
  const owned = new Set<Disposable>();
  openArenas.push(owned);
  let result: T;
  try {
    result = action();
  } catch (thrown) {
    openArenas.pop();
    for (const tensor of owned) tensor.dispose();
    throw thrown;
  }
  openArenas.pop();
  release(result, owned);
  for (const tensor of owned) tensor.dispose();
  return result;
}

/** Runs `action`, whose tensors no arena that is open now frees: they outlive it, and belong to whoever gets them. */
export function outsideArenas<T>(action: () => T): T {
  const open = openArenas.splice(0);
  try {
    return action();
  } finally {
    openArenas.push(...open);
  }
}

/** Takes the tensors in `value` out of `owned` and gives them to the arena that is now innermost. */
function release(value: unknown, owned: Set<Disposable>): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  if (owned.delete(value as Disposable)) {
    adopt(value as Disposable);
  } else if (Array.isArray(value)) {
    for (const item of value) release(item, owned);
  } else if (value instanceof Map) {
    for (const item of value.values()) release(item, owned);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) release(item, owned);
  }
}
