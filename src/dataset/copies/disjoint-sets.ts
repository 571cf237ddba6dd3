// Which things belong together, from pairs that do: union and find (Tarjan, 1975), with paths halved as they are walked.

export class DisjointSets {
  readonly #parents: Uint32Array;

  /** Things 0 to n - 1, each alone. */
  constructor(n: number) {
    this.#parents = Uint32Array.from({ length: n }, (_, i) => i);
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
    this.#parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }

  /** The lowest of those that it belongs together with. */
  rootOf(thing: number): number {
    let at = thing;
    while (this.#parents[at] !== at) {
      const above = this.#parents[this.#parents[at] as number] as number;
      this.#parents[at] = above;
      at = above;
    }
    return at;
  }

  /** Sets of two and more, each in order, in the order of their first. */
  groups(): readonly (readonly number[])[] {
    const byRoot = new Map<number, number[]>();
    for (const thing of this.#parents.keys()) {
      const root = this.rootOf(thing);
      const group = byRoot.get(root);
      if (group) group.push(thing);
      else byRoot.set(root, [thing]);
    }
    return [...byRoot.values()].filter((group) => group.length > 1);
  }
}
