// Ways to hold on to a server: connections that say nothing, that stop in the middle, that ask for more than they read. Each
// attacks until its signal aborts, and begins anew with every connection that it loses. Only servers on this machine's
// loopback network are attacked.
import { connect, type Socket } from "node:net";

export interface AttackTarget {
  readonly port: number;
  /** Addresses of the loopback network from which it is attacked, in turns. */
  readonly from: readonly string[];
  /** A JPEG that the server reads. */
  readonly image: Buffer;
  readonly signal: AbortSignal;
  /** Connections, where not as many as the attack's name says. */
  readonly count?: number;
}

export interface Attack {
  /** Whether it only holds on, and costs its machine and the network nothing: such ones go on for hours in a soak. */
  readonly isQuiet?: boolean;
  /** Attacks until the signal aborts. */
  begin(target: AttackTarget): void;
}

const post = (headers: string) =>
  `POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/jpeg\r\n${headers}\r\n\r\n`;

/** As many requests as fit in 69 KB, none of whose answers is read. */
const pipelined = (path: string): string => {
  const one = `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  return one.repeat(Math.floor(69_000 / one.length));
};

const large = 128 * 2 ** 20;

/** What is done on each connection, and on how many. */
function attack(count: number, onConnection: (socket: Socket, target: AttackTarget) => void, isQuiet = false): Attack {
  return { isQuiet, begin: (target) => hold(target, target.count ?? count, (socket) => onConnection(socket, target)) };
}

/** By name, which says what it does. */
export const attacks: Readonly<Record<string, Attack>> = {
  "69 KB of pipelined requests for metrics, 8 connections": attack(8, (socket) =>
    socket.pause().write(pipelined("/metrics")),
  ),
  "69 KB of pipelined requests for the model, 8 connections": attack(8, (socket) =>
    socket.pause().write(pipelined("/model.onnx")),
  ),
  "600 silent clients": attack(600, () => undefined, true),
  "600 clients that stop in the middle of their headers": attack(
    600,
    (socket) => socket.write("POST /v1/predict HTTP/1.1\r\nhost: localh"),
    true,
  ),
  "600 clients that send a byte of their headers each second": attack(
    600,
    (socket) => trickle(socket, "GET / HTTP/1.1\r\nx: ", "y", 1000),
    true,
  ),
  "4 uploads of 128 MiB that stop one byte short": attack(4, stalledUpload),
  "16 uploads of 128 MiB that stop one byte short": attack(16, stalledUpload),
  "64 uploads that go on with a byte a second": attack(
    64,
    (socket) => trickle(socket, post(`content-length: ${large}`), "x", 1000),
    true,
  ),
  "8 uploads in chunks of one byte": attack(8, tinyChunks),
  "400 clients that ask for the model and do not read it": attack(
    400,
    (socket) => socket.pause().write("GET /model.onnx HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    true,
  ),
  "64 clients that send no HTTP and never close": attack(64, (socket) => socket.write("no http\r\n\r\n"), true),
  "64 clients that ask as fast as they can": attack(64, askAgainAndAgain),
};

function askAgainAndAgain(socket: Socket, { image }: AttackTarget): void {
  const again = () => {
    socket.write(post(`content-length: ${image.length}`));
    socket.write(image);
  };
  // A refusal is asked again at once, whatever it says.
  socket.on("data", (chunk) => {
    if (String(chunk).startsWith("HTTP/1.1")) again();
  });
  again();
}

const reopenMs = 250;

/** Keeps so many connections open, whatever becomes of each. */
function hold({ port, from, signal }: AttackTarget, count: number, begin: (socket: Socket) => void): void {
  const open = (i: number): void => {
    if (signal.aborted) return;
    const socket = connect({ port, host: "127.0.0.1", localAddress: from[i % from.length] as string });
    const end = () => socket.destroy();
    signal.addEventListener("abort", end, { once: true });
    socket.on("error", () => undefined);
    socket.on("end", () => undefined); // its own end stays open
    socket.once("connect", () => begin(socket));
    socket.once("close", () => {
      signal.removeEventListener("abort", end);
      setTimeout(() => open(i), reopenMs);
    });
  };
  for (let i = 0; i < count; i++) open(i);
}

function trickle(socket: Socket, first: string, next: string, everyMs: number): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(next), everyMs);
  socket.once("close", () => clearInterval(timer));
}

const block = Buffer.alloc(2 ** 20);

function stalledUpload(socket: Socket): void {
  socket.write(post(`content-length: ${large}`));
  let left = large - 1;
  const go = () => {
    while (left > 0 && !socket.destroyed) {
      const piece = block.subarray(0, Math.min(left, block.length));
      left -= piece.length;
      if (!socket.write(piece)) return;
    }
  };
  socket.on("drain", go);
  go();
}

const chunks = Buffer.from("1\r\nx\r\n".repeat(20_000));

function tinyChunks(socket: Socket): void {
  socket.write(post("transfer-encoding: chunked"));
  const go = () => {
    while (!socket.destroyed && socket.write(chunks));
  };
  socket.on("drain", go);
  go();
}
