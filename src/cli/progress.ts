// Progress of long work with rate and time left: a bar that redraws itself on a terminal, otherwise a plain line every
// ten seconds, so that a log file stays readable.
import { SingleBar } from "cli-progress";
import type { OutputStream } from "./terminal.js";
import { visible } from "./visible.js";

export interface ProgressOptions {
  /** What is being done, such as "epoch 3/12". */
  readonly label: string;
  /** How many there are; undefined when nobody knows yet. */
  readonly total: number | undefined;
  /** The plural of what is counted, such as "images". */
  readonly unit: string;
  /** Seconds between plain lines. Default 10. */
  readonly secondsBetweenLines?: number;
  /** The clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
}

export interface Progress {
  /** Reports how many are done by now and, for instance, the loss: `update(320, { loss: "0.412" })`. */
  update(done: number, fields?: Readonly<Record<string, string>>): void;
  /** Ends the report; on a terminal the bar is removed. `summary` is left as one line. */
  finish(summary?: string): void;
}

/** Starts a report on `stream`. */
export function createProgress(stream: OutputStream, options: ProgressOptions): Progress {
  const meter = new Meter(options);
  return stream.isTTY === true ? barProgress(stream, options, meter) : lineProgress(stream, options, meter);
}

function barProgress(stream: OutputStream, options: ProgressOptions, meter: Meter): Progress {
  const bar = new SingleBar({
    stream,
    hideCursor: true,
    clearOnComplete: true,
    fps: 5,
    format: (_options, params) => meter.barText(params.progress, stream.columns ?? 80),
  });
  bar.start(options.total ?? 1, 0);
  return {
    update(done, fields = {}) {
      meter.record(done, fields);
      if (options.total === undefined) bar.setTotal(done + 1);
      bar.update(done);
    },
    finish(summary) {
      bar.stop();
      if (summary !== undefined) stream.write(`${visible(summary)}\n`);
    },
  };
}

function lineProgress(stream: OutputStream, options: ProgressOptions, meter: Meter): Progress {
  const interval = (options.secondsBetweenLines ?? 10) * 1000;
  let told = meter.now();
  return {
    update(done, fields = {}) {
      meter.record(done, fields);
      if (meter.now() - told < interval) return;
      told = meter.now();
      stream.write(`${meter.lineText()}\n`);
    },
    finish(summary) {
      if (summary !== undefined) stream.write(`${visible(summary)}\n`);
    },
  };
}

/** Counts, and measures the rate over the last ten seconds: a slow first batch must not spoil the forecast. */
class Meter {
  readonly now: () => number;
  readonly #options: ProgressOptions;
  #marks: { readonly at: number; readonly done: number }[];
  #done = 0;
  #fields: Readonly<Record<string, string>> = {};

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.now = options.now ?? (() => performance.now());
    this.#marks = [{ at: this.now(), done: 0 }];
  }

  record(done: number, fields: Readonly<Record<string, string>>): void {
    this.#done = done;
    this.#fields = fields;
    const at = this.now();
    this.#marks.push({ at, done });
    while (this.#marks.length > 2 && at - (this.#marks[1]?.at ?? at) > 10_000) this.#marks.shift();
  }

  lineText(): string {
    const { label, total, unit } = this.#options;
    const count =
      total === undefined
        ? `${this.#done} ${unit}`
        : `${this.#done} of ${total} ${unit} (${Math.floor((100 * this.#done) / Math.max(1, total))} %)`;
    return `${label}: ${[count, ...this.#details()].join(", ")}`;
  }

  barText(share: number, columns: number): string {
    const { label, total, unit } = this.#options;
    const count = total === undefined ? `${this.#done} ${unit}` : `${this.#done}/${total}`;
    const text = [count, ...this.#details()].join("  ");
    if (total === undefined) return `${label}  ${text}`;
    const width = Math.max(0, Math.min(30, columns - label.length - text.length - 6));
    const filled = Math.round(width * Math.min(1, share));
    const bar = `${"━".repeat(filled)}${"─".repeat(width - filled)}`;
    return `${label}  ${bar}  ${text}`.slice(0, Math.max(20, columns - 1));
  }

  #details(): string[] {
    const rate = this.#rate();
    const details = Object.entries(this.#fields).map(([name, value]) => `${name} ${value}`);
    if (rate === undefined) return details;
    details.unshift(`${rate >= 100 ? rate.toFixed(0) : rate.toFixed(1)} ${this.#options.unit}/s`);
    if (this.#options.total !== undefined && this.#done < this.#options.total) {
      details.push(`${formatDuration((this.#options.total - this.#done) / rate)} left`);
    }
    return details;
  }

  #rate(): number | undefined {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at || last.done <= first.done) return undefined;
    return (last.done - first.done) / ((last.at - first.at) / 1000);
  }
}

/** Seconds as "8 s", "3 min 05 s" or "2 h 10 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const padded = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${padded(Math.floor((whole % 3600) / 60))} min`;
}
