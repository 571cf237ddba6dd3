// Processes that compute together, over libtorch's c10d (gloo): where they find each other, what they tell each other and
// how they notice that one is gone. What they compute is not known here. A process by itself has the same interface.
import { AppError, messageOf } from "../core/errors.js";
import { inArena } from "./arena.js";
import { engineInfo } from "./engine.js";
import { native, trainingEngine } from "./native.js";
import * as ops from "./operators.js";
import { Tensor } from "./tensor.js";

/** Where the processes find each other, and which of them this one is. */
export interface GroupPlace {
  /** Of process 0. */
  readonly host: string;
  readonly port: number;
  /** From 0. */
  readonly rank: number;
  readonly size: number;
  /** By which the others reach this process: its IP address, or the name of a network interface. */
  readonly reachedBy: { readonly address: string } | { readonly networkInterface: string };
  /** Whether tensors on this process' GPU will be shared, not only those on the CPU; default false. */
  readonly hasGpu?: boolean;
  /** After how long a silence of another process this one gives up, in seconds. */
  readonly timeoutSeconds: number;
}

/** What all processes have begun together; the tensor is whole once it has ended. */
export interface Begun {
  /** @throws AppError PROCESS_LOST */
  ended(): Promise<void>;
}

/**
 * All processes call the same of these in the same order. Tensors are contiguous and lie on the CPU, or where processes have
 * GPUs on those; nobody else touches them until what was begun has ended.
 */
export interface Processes {
  readonly rank: number;
  readonly size: number;
  /** By which operators know the group; 0 for a process by itself. */
  readonly group: number;
  /** Makes the tensor the sum of all processes' tensors, the same to the last bit everywhere. */
  beginSum(tensor: Tensor): Begun;
  /** Makes the tensor what process 0 has. */
  beginCopyOfFirst(tensor: Tensor): Begun;
  /** Makes `output` [size, …] the tensors of all processes, in their order. */
  beginGather(tensor: Tensor, output: Tensor): Begun;
  /** Sends rows [rows, …] to others, counted by receiver; what they send here becomes rows of `output`, counted by sender. */
  beginExchange(rows: Tensor, sent: readonly number[], output: Tensor, received: readonly number[]): Begun;
  /** Every process' text, in their order. */
  texts(own: string): Promise<readonly string[]>;
  /**
   * Waits until all have come here, however long that takes, as long as each of them lives.
   * @param point a name of this place and time, used once
   */
  meet(point: string): Promise<void>;
  /** PROCESS_LOST in place of the error of an operator that has lost another process; others as they are. */
  asLost(thrown: unknown): unknown;
  /** Ends what the processes have in common; all that was begun must have ended. Not after PROCESS_LOST. */
  leave(): void;
}

const done: Begun = { ended: async () => undefined };

/** A process by itself: nothing is sent, nothing is waited for. */
export const alone: Processes = {
  rank: 0,
  size: 1,
  group: 0,
  beginSum: () => done,
  beginCopyOfFirst: () => done,
  beginGather: (tensor, output) => {
    inArena(() => ops.copyInPlace(output, ops.reshape(tensor, output.shape)));
    return done;
  },
  beginExchange: (rows, _sent, output) => {
    ops.copyInPlace(output, rows);
    return done;
  },
  texts: async (own) => [own],
  meet: async () => undefined,
  asLost: (thrown) => thrown,
  leave: () => undefined,
};

/**
 * Waits for all processes of the group.
 * @throws AppError ENGINE_MISSING where libtorch has no torch.distributed; PROCESS_LOST when they do not all come in time
 */
export async function joinProcesses(place: GroupPlace): Promise<Processes> {
  const { host, port, rank, size, reachedBy, hasGpu = false, timeoutSeconds } = place;
  if (!engineInfo().processGroups) {
    throw new AppError("ENGINE_MISSING", {
      place: trainingEngine,
      rule: "several processes train together over torch.distributed (c10d with gloo), which this libtorch was built without",
      received: `${size} processes`,
      remedy:
        "Train in one process, or set up with another libtorch (PNEUMOSCOPE_LIBTORCH): Debian's and PyTorch's have it",
    });
  }
  if (hasGpu && !engineInfo().gpuProcessGroups) {
    throw new AppError("ENGINE_MISSING", {
      place: trainingEngine,
      rule: "several processes train on GPUs over NCCL, which it was built without",
      received: `${size} processes`,
      remedy:
        "Set up with PyTorch's CUDA libtorch, as pip installs it with the headers of CUDA and NCCL (PNEUMOSCOPE_LIBTORCH), or train in one process",
    });
  }
  const isInterface = "networkInterface" in reachedBy;
  const address = isInterface ? reachedBy.networkInterface : reachedBy.address;
  try {
    const group = await native().joinGroup(host, port, rank, size, address, isInterface, hasGpu, timeoutSeconds * 1000);
    return new ProcessGroup(place, group);
  } catch (thrown) {
    throw new AppError(
      "PROCESS_LOST",
      {
        place: `process ${rank} of ${size}`,
        rule: `all processes meet at ${host}:${port} within ${timeoutSeconds} s`,
        received: messageOf(thrown),
        remedy: "Check that all were started and that this place can be reached from each of them",
      },
      { cause: thrown },
    );
  }
}

class ProcessGroup implements Processes {
  readonly rank: number;
  readonly size: number;
  readonly group: number;
  readonly #timeoutSeconds: number;
  readonly #heartbeat: NodeJS.Timeout;
  #beats = 0;

  constructor({ rank, size, timeoutSeconds }: GroupPlace, group: number) {
    this.rank = rank;
    this.size = size;
    this.group = group;
    this.#timeoutSeconds = timeoutSeconds;
    this.#heartbeat = setInterval(() => this.#beat(), Math.min(5, timeoutSeconds / 4) * 1000).unref();
  }

  beginSum(tensor: Tensor): Begun {
    return this.#begin(() => native().allReduce(this.group, tensor.handle));
  }

  beginCopyOfFirst(tensor: Tensor): Begun {
    return this.#begin(() => native().broadcast(this.group, tensor.handle, 0));
  }

  beginGather(tensor: Tensor, output: Tensor): Begun {
    return this.#begin(() => native().allGather(this.group, tensor.handle, output.handle));
  }

  beginExchange(rows: Tensor, sent: readonly number[], output: Tensor, received: readonly number[]): Begun {
    return this.#begin(() => native().exchange(this.group, rows.handle, sent, output.handle, received));
  }

  async texts(own: string): Promise<readonly string[]> {
    const bytes = Buffer.from(own);
    const lengths = await this.#gathered(Float64Array.of(bytes.length));
    const longest = Math.max(...lengths.map(([length = 0]) => length), 1);
    const padded = new Uint8Array(longest);
    padded.set(bytes);
    const all = await this.#gathered(padded);
    return all.map((text, i) => Buffer.from(text.subarray(0, lengths[i]?.[0])).toString());
  }

  async meet(point: string): Promise<void> {
    const key = (rank: number) => `met/${point}/${rank}`;
    this.#call(() => native().setKey(this.group, key(this.rank), ""));
    const missing = new Set(Array.from({ length: this.size }, (_, rank) => rank));
    const beats = new Map<number, { readonly value: string | null; readonly since: number }>();
    for (;;) {
      for (const rank of missing) if (this.#valueOf(key(rank)) !== null) missing.delete(rank);
      // Who sees all first would else be free to leave, and process 0 has the store that the others still look into.
      if (missing.size === 0) return void (await this.#gathered(new Uint8Array(1)));
      for (const rank of missing) {
        const value = this.#valueOf(beatKey(rank));
        const last = beats.get(rank);
        if (last === undefined || last.value !== value) beats.set(rank, { value, since: performance.now() });
        else if (performance.now() - last.since > this.#timeoutSeconds * 1000) {
          throw this.#lost(`no sign of life of process ${rank} for ${this.#timeoutSeconds} s`);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  asLost(thrown: unknown): unknown {
    if (!(thrown instanceof AppError) || thrown.code !== "ENGINE_OPERATOR") return thrown;
    const [, message] = /lost process: (.*)/s.exec(thrown.rule) ?? [];
    return message === undefined ? thrown : this.#lost(message, thrown);
  }

  leave(): void {
    clearInterval(this.#heartbeat);
    native().leaveGroup(this.group);
  }

  #begin(start: () => number): Begun {
    const begun = this.#call(start);
    return {
      ended: async () => {
        await native()
          .ended(begun)
          .catch((thrown: unknown) => {
            throw this.#lost(messageOf(thrown), thrown);
          });
      },
    };
  }

  async #gathered<Values extends Uint8Array | Float64Array>(own: Values): Promise<Values[]> {
    const input = Tensor.fromArray(own, [own.length]);
    const all = own instanceof Uint8Array ? new Uint8Array(own.length * this.size) : new Float64Array(this.size);
    const output = Tensor.fromArray(all, [this.size, own.length]);
    try {
      await this.beginGather(input, output).ended();
      native().intoArray(output.handle, all);
    } finally {
      input.dispose();
      output.dispose();
    }
    const row = (_: unknown, rank: number) => all.subarray(rank * own.length, (rank + 1) * own.length) as Values;
    return Array.from({ length: this.size }, row);
  }

  #valueOf(key: string): string | null {
    return this.#call(() => native().valueOfKey(this.group, key));
  }

  #call<T>(action: () => T): T {
    try {
      return action();
    } catch (thrown) {
      throw this.#lost(messageOf(thrown), thrown);
    }
  }

  #beat(): void {
    try {
      native().setKey(this.group, beatKey(this.rank), `${++this.#beats}`);
    } catch {
      clearInterval(this.#heartbeat); // process 0 is gone: whoever waits for it says so
    }
  }

  #lost(received: string, cause?: unknown): AppError {
    clearInterval(this.#heartbeat);
    return new AppError(
      "PROCESS_LOST",
      {
        place: `process ${this.rank} of ${this.size}`,
        rule: `all processes of a training answer each other within ${this.#timeoutSeconds} s`,
        received,
        remedy:
          "Another process has ended or hangs, or the network broke: its own message says why. Finished epochs are kept: start all processes again with the same command",
      },
      { cause },
    );
  }
}

const beatKey = (rank: number): string => `beat/${rank}`;
