// Scopes free the tensors made inside them. Synchronous by design: the open scopes are one stack.

interface Disposable {
  dispose(): void;
}

const openScopes: Set<Disposable>[] = [];

/** Called by every new tensor: the innermost scope owns it. */
export function adopt(tensor: Disposable): void {
  openScopes.at(-1)?.add(tensor);
}

/**
 * Runs `action`, frees every tensor it made except those in its result (a tensor, or arrays, plain objects and maps
 * of them), and hands those to the scope around this one.
 */
export function scope<T>(action: () => T): T {
  const owned = new Set<Disposable>();
  openScopes.push(owned);
  let result: T;
  try {
    result = action();
  } catch (thrown) {
    openScopes.pop();
    for (const tensor of owned) tensor.dispose();
    throw thrown;
  }
  openScopes.pop();
  release(result, owned);
  for (const tensor of owned) tensor.dispose();
  return result;
}

/** Takes the tensors in `value` out of `owned` and gives them to the scope that is now innermost. */
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
