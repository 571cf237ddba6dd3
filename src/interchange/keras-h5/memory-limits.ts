// How much memory reading a .h5 file may take, by its size. Weights are numbers that hardly compress (float32 of trained
// networks to some 0.9 of their size), so a small file that wants much is made to want it: deflate shrinks zeros to a
// thousandth, a chunk may inflate to more than it says, links name one dataset many times.

const mebibyte = 2 ** 20;

/** Most data that all datasets of a file may declare together: eight times its size, and less generously for large ones. */
export function declaredLimit(fileBytes: number): number {
  const generous = Math.min(16 * mebibyte + 8 * fileBytes, 512 * mebibyte);
  return Math.min(Math.max(generous, 2 * fileBytes), 4096 * mebibyte);
}

/** Most that the library's own heap may hold: what it needs empty, the largest dataset, and as much for a chunk's two forms. */
export function heapLimit(fileBytes: number): number {
  return Math.min(64 * mebibyte + 2 * declaredLimit(fileBytes), 2048 * mebibyte);
}

/** Of JavaScript's objects in the reader's thread: configurations, names and our own state are a few megabytes. */
export const objectsMegabytes = 512;

/**
 * Lets no WebAssembly memory of this thread grow above what `limitBytes` says at that moment: the library is then told that
 * there is no more memory, which it answers with an error of its own. Call it in a thread that does nothing else.
 */
export function boundWasmHeap(limitBytes: () => number): void {
  const { prototype } = (globalThis as unknown as WasmGlobals).WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (this: WasmMemory, pages: number): number {
    if (this.buffer.byteLength + pages * 65_536 > limitBytes()) throw new RangeError("no more memory for this file");
    return grow.call(this, pages);
  };
}

/** Node.js' types know no WebAssembly of their own. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface WasmGlobals {
  readonly WebAssembly: { readonly Memory: { readonly prototype: WasmMemory } };
}
