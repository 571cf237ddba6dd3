// What the server counts, for Prometheus. Labels are routes and codes of ours, never what a client sent: no names, no
// unbounded number of series.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ShiftWatch } from "../evaluation/shift/shift-watch.js";

/** What is read when somebody asks. */
export interface MetricSources {
  readonly waitingImages: () => number;
  readonly heldBytes: () => number;
  readonly connections: () => number;
  readonly isReady: () => boolean;
}

/** How long a text is given out: making one costs milliseconds, and whoever asks more often learns nothing new. */
const keptMs = 1000;

export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "pneumoscope_requests_total",
    help: "Requests answered, by route and HTTP status",
    labelNames: ["method", "route", "status"],
    registers: [this.#registry],
  });
  readonly #requestSeconds = new Histogram({
    name: "pneumoscope_request_seconds",
    help: "Time from a request's headers to its answer",
    labelNames: ["route"],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.#registry],
  });
  readonly #images = new Counter({
    name: "pneumoscope_images_total",
    help: "Images read, by outcome: NORMAL, PNEUMONIA, UNSURE, or the code of the error",
    labelNames: ["outcome"],
    registers: [this.#registry],
  });
  readonly #batchImages = new Histogram({
    name: "pneumoscope_batch_images",
    help: "Images that went through the model together",
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers: [this.#registry],
  });
  readonly #batchSeconds = new Histogram({
    name: "pneumoscope_batch_seconds",
    help: "Time of one pass through the model",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.#registry],
  });

  readonly #drops = new Counter({
    name: "pneumoscope_drops_total",
    help: "Connections, uploads and waiting requests that were ended so that the server stands, by reason",
    labelNames: ["reason"],
    registers: [this.#registry],
  });
  readonly #now: () => number;
  #kept: { readonly text: Promise<string>; readonly sinceMs: number } | undefined;

  /** @param now milliseconds, monotonic */
  constructor(sources: MetricSources, now: () => number) {
    this.#now = now;
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(value());
        },
      });
    gauge("pneumoscope_waiting_images", "Images that wait or are being read", sources.waitingImages);
    gauge("pneumoscope_held_bytes", "Bytes of request bodies in memory", sources.heldBytes);
    gauge("pneumoscope_connections", "Open connections", sources.connections);
    gauge("pneumoscope_ready", "1 while the work makes progress, as /health/ready says", () => +sources.isReady());
    collectDefaultMetrics({ register: this.#registry });
  }

  /** The last images beside those that the model's threshold was set on; not a number while there are too few. */
  tellShift(watch: ShiftWatch): void {
    const verdict = () => {
      const alarm = watch.verdict();
      return typeof alarm === "string" ? null : alarm;
    };
    const registers = [this.#registry];
    new Gauge({
      name: "pneumoscope_shift_alarm",
      help: "1 where the last images are not like those that the threshold was set on; of alike ones, 1 in 100 times",
      registers,
      collect() {
        const alarm = verdict();
        this.set(alarm === null ? Number.NaN : +alarm.isRaised);
      },
    });
    new Gauge({
      name: "pneumoscope_shift_images",
      help: "The last images that are compared with those that the threshold was set on",
      registers,
      collect() {
        this.set(watch.images);
      },
    });
    new Gauge({
      name: "pneumoscope_shift_distance",
      help: "How much of them would have to move to be like those, 0 to 1, by what is compared",
      labelNames: ["of"],
      registers,
      collect() {
        for (const { name, distance } of verdict()?.columns ?? []) this.set({ of: name }, distance);
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** At most a second old. */
  text(): Promise<string> {
    const now = this.#now();
    if (this.#kept === undefined || now - this.#kept.sinceMs >= keptMs) {
      this.#kept = { text: this.#registry.metrics(), sinceMs: now };
    }
    return this.#kept.text;
  }

  countDrop(reason: string): void {
    this.#drops.inc({ reason });
  }

  /** @param route its pattern, not the address that was asked */
  countRequest(method: string, route: string, status: number, elapsedMs: number): void {
    this.#requests.inc({ method, route, status });
    this.#requestSeconds.observe({ route }, elapsedMs / 1000);
  }

  countImage(outcome: string): void {
    this.#images.inc({ outcome });
  }

  countBatch(images: number, elapsedMs: number): void {
    this.#batchImages.observe(images);
    this.#batchSeconds.observe(elapsedMs / 1000);
  }
}
