// Lets actions run at a time whose amounts together stay within a budget, the others in the order in which they came.
// gate.ts is the same where every action counts one.

interface Waiting {
  readonly amount: number;
  readonly begin: () => void;
}

export class Budget {
  readonly #total: number;
  #free: number;
  readonly #waiting: Waiting[] = [];

  /** @param total in whatever unit the amounts have */
  constructor(total: number) {
    this.#total = total;
    this.#free = total;
  }

  /** Runs the action when its amount is free. One that is larger than the whole budget runs alone. */
  async run<R>(amount: number, action: () => Promise<R>): Promise<R> {
    const taken = Math.min(amount, this.#total);
    if (this.#waiting.length > 0 || taken > this.#free) {
      await new Promise<void>((begin) => this.#waiting.push({ amount: taken, begin }));
    } else this.#free -= taken;
    try {
      return await action();
    } finally {
      this.#free += taken;
      this.#beginNext();
    }
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.amount <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.amount;
      next.begin();
    }
  }
}
