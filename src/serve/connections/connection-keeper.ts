// Which connections a server keeps: as many in all and for each client as it may have. When there are too many, one that
// waits for its client gives way (the longest silent one of who has the most), so that clients that send nothing, stop in the
// middle or read no answer cannot keep others out. One that waits for the server is never closed.
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { networkOf } from "./client-of.js";

/** Why a connection was closed before its time; a label in the metrics. */
export type DropReason = "too-many" | "gave-way" | "pipelined" | "unread" | "unfinished" | "tiny-chunks" | "broken";

export interface KeeperOptions {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  /** Unanswered requests on one connection. */
  readonly maxPipelined: number;
  /** How long a client may leave an answer unread. */
  readonly unreadMs: number;
}

/** A connection that was silent for less gives way only to a client that has fewer. */
const silentMs = 1000;
/** Time for a client to read the last answer on a connection that is closed; it may never close its own end. */
const lingerMs = 1000;
/** Of a body that was refused, so much is read on: the small one of an image, so that its connection can be used again. */
const mostRefusedBytes = 2 * 2 ** 20;
const lookMs = 50;
/** After a newcomer was turned away, so long nobody is looked for who could give way. */
const fullMs = 100;
/** A client whose connections are closed for abuse more often in a second opens no others until the next. */
const mostAbuses = 8;
const abuses: ReadonlySet<DropReason> = new Set(["pipelined", "tiny-chunks", "broken"]);

interface Kept {
  readonly client: string;
  readonly socket: Socket;
  /** Answers that are not sent yet. */
  readonly open: Set<ServerResponse>;
  /** Requests that the server works on: everything else waits for the client. */
  worked: number;
  bytes: number;
  movedMs: number;
}

export class ConnectionKeeper {
  readonly #options: KeeperOptions;
  readonly #onDrop: (reason: DropReason) => void;
  readonly #now: () => number;
  readonly #kept = new Set<Kept>();
  /** By the socket that requests name: under TLS another one than the server accepted. */
  readonly #bySocket = new WeakMap<Socket, Kept>();
  readonly #counts = new Map<string, number>();
  /** By client, since the last sweep. */
  readonly #abuses = new Map<string, number>();
  /** Until when there is no room: for a client, and for a newcomer of any. */
  readonly #fullUntilMs = new Map<string, number>();

  /** @param now milliseconds, monotonic */
  constructor(options: KeeperOptions, onDrop: (reason: DropReason) => void, now: () => number) {
    this.#options = options;
    this.#onDrop = onDrop;
    this.#now = now;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** Looks after all connections of a server. */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#take(socket));
    server.on("secureConnection", (socket: TLSSocket) => {
      const { remoteAddress, remotePort } = socket;
      for (const kept of this.#kept) {
        const isSame = kept.socket.remotePort === remotePort && kept.socket.remoteAddress === remoteAddress;
        if (isSame) this.#bySocket.set(socket, kept);
      }
    });
  }

  /** Whether a request is to be answered; a connection that asks for more than it waits for is closed. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    const kept = this.#bySocket.get(request.socket);
    if (kept === undefined) return !request.socket.destroyed;
    if (kept.open.size >= this.#options.maxPipelined) {
      this.#drop(kept, "pipelined");
      return false;
    }
    kept.open.add(response);
    response.once("close", () => kept.open.delete(response));
    response.once("finish", () => {
      if (!request.complete) this.#readOn(request, kept);
    });
    return true;
  }

  /** The server works on this request now. Returns what to call when its answer is there. */
  work({ socket }: IncomingMessage): () => void {
    const kept = this.#bySocket.get(socket);
    if (kept === undefined) return () => undefined;
    kept.worked++;
    return () => {
      kept.worked--;
      kept.movedMs = this.#now();
    };
  }

  /** Closes the request's connection without an answer. */
  abandon({ socket }: IncomingMessage, reason: DropReason): void {
    const kept = this.#bySocket.get(socket);
    if (kept === undefined) socket.destroy();
    else this.#drop(kept, reason);
  }

  /** Sends the last words on a connection and closes it, whatever the client does. */
  end(socket: Socket, text: string): void {
    this.#count("broken", networkOf(socket.remoteAddress));
    socket.end(text);
    setTimeout(() => socket.destroy(), lingerMs).unref();
  }

  /** To be called about once a second: sees who moved, and closes who does not read. */
  sweep(): void {
    const now = this.#now();
    this.#fullUntilMs.clear();
    this.#abuses.clear();
    for (const kept of this.#kept) {
      this.#look(kept, now);
      const isAnswering = [...kept.open].some(({ headersSent }) => headersSent);
      if (isAnswering && now - kept.movedMs > this.#options.unreadMs) this.#drop(kept, "unread");
    }
  }

  destroyAll(): void {
    for (const { socket } of this.#kept) socket.destroy();
  }

  #take(socket: Socket): void {
    const { maxConnections, maxConnectionsPerClient } = this.#options;
    const client = networkOf(socket.remoteAddress);
    const now = this.#now();
    const isOver = this.#countOf(client) >= maxConnectionsPerClient || this.#kept.size >= maxConnections;
    const isAbusing = (this.#abuses.get(client) ?? 0) >= mostAbuses;
    if (isAbusing || (isOver && !this.#makeRoom(client, now))) {
      this.#onDrop("too-many");
      socket.destroy();
      return;
    }
    const kept: Kept = { client, socket, open: new Set(), worked: 0, bytes: 0, movedMs: now };
    this.#kept.add(kept);
    this.#counts.set(client, this.#countOf(client) + 1);
    this.#bySocket.set(socket, kept);
    socket.once("close", () => this.#remove(kept));
  }

  #count(reason: DropReason, client: string): void {
    this.#onDrop(reason);
    if (abuses.has(reason)) this.#abuses.set(client, (this.#abuses.get(client) ?? 0) + 1);
  }

  #countOf(client: string): number {
    return this.#counts.get(client) ?? 0;
  }

  #remove(kept: Kept): boolean {
    if (!this.#kept.delete(kept)) return false;
    const left = this.#countOf(kept.client) - 1;
    if (left > 0) this.#counts.set(kept.client, left);
    else this.#counts.delete(kept.client);
    return true;
  }

  /** @param client the newcomer's */
  #makeRoom(client: string, now: number): boolean {
    if (now < (this.#fullUntilMs.get(client) ?? 0)) return false;
    const hasMade = this.#someoneGivesWay(client, now);
    if (!hasMade) this.#fullUntilMs.set(client, now + fullMs);
    return hasMade;
  }

  #someoneGivesWay(client: string, now: number): boolean {
    const of = (other: string) => [...this.#kept].filter((kept) => kept.client === other);
    if (this.#countOf(client) >= this.#options.maxConnectionsPerClient)
      return this.#giveWay(of(client), now - silentMs, now);
    const [most = "", count = 0] = [...this.#counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    const isUneven = count > this.#countOf(client) + 1;
    return this.#giveWay(isUneven ? of(most) : [...this.#kept], isUneven ? now : now - silentMs, now);
  }

  /** Closes the one of them that has been silent longest, if it was before a time. */
  #giveWay(candidates: readonly Kept[], beforeMs: number, now: number): boolean {
    const waiting = candidates.filter(({ worked }) => worked === 0);
    for (const kept of waiting) this.#look(kept, now);
    const [longest] = waiting.sort((a, b) => a.movedMs - b.movedMs);
    if (longest === undefined || longest.movedMs > beforeMs) return false;
    this.#drop(longest, "gave-way");
    return true;
  }

  #look(kept: Kept, now: number): void {
    const bytes = kept.socket.bytesRead + kept.socket.bytesWritten - kept.socket.writableLength;
    if (bytes !== kept.bytes) kept.movedMs = now;
    kept.bytes = bytes;
  }

  /** The rest of a body whose answer is given: Node throws it away as it comes, and this bounds it. */
  #readOn(request: IncomingMessage, kept: Kept): void {
    const { socket } = kept;
    const [startMs, startBytes] = [this.#now(), socket.bytesRead];
    if (request.headers["content-length"] === undefined) request.socket.pause(); // chunks cost more than their bytes
    const look = () => {
      if (request.complete || socket.destroyed) return;
      if (this.#now() - startMs >= lingerMs) this.#drop(kept, "unfinished");
      else {
        if (socket.bytesRead - startBytes > mostRefusedBytes) request.socket.pause();
        setTimeout(look, lookMs).unref();
      }
    };
    setTimeout(look, lookMs).unref();
  }

  #drop(kept: Kept, reason: DropReason): void {
    if (!this.#remove(kept)) return;
    this.#count(reason, kept.client);
    kept.socket.destroy();
  }
}
