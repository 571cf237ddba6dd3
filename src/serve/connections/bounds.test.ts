// Connections in bounds, on real sockets: who says nothing, stops in the middle, asks for more than it reads, or never closes
// is let go, and others are answered meanwhile.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { brightnessModel, brightnessServer, flatPng } from "../../../test/support/served-brightness.js";
import type { ServerParts } from "../create-server.js";
import { listen, stop } from "../listen.js";
import type { ServerOptions } from "../server-options.js";

const servers: FastifyInstance[] = [];
const sockets = new Set<Socket>();
after(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => stop(server, 100)));
});

async function serve(options: Partial<ServerOptions>, parts: Partial<ServerParts> = {}) {
  const app = await brightnessServer(parts, options);
  servers.push(app);
  const address = await listen(app, "127.0.0.1", 0);
  const port = Number(new URL(address).port);
  /** A connection that notes what it hears; `from` is another client's address. */
  const open = (text: string | Uint8Array = "", from = "127.0.0.1") => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from, allowHalfOpen: true });
    sockets.add(socket);
    const heard = { text: "", isClosed: false };
    socket
      .on("error", () => undefined)
      .on("data", (chunk) => {
        heard.text += String(chunk);
      });
    socket.once("close", () => {
      heard.isClosed = true;
    });
    socket.once("end", () => {
      heard.isClosed = true;
    });
    if (text.length > 0) socket.write(text);
    return { socket, heard };
  };
  const drops = async (reason: string) => {
    const text = await (await fetch(`${address}/metrics`)).text();
    return Number(new RegExp(`^pneumoscope_drops_total\\{reason="${reason}"\\} (.*)$`, "m").exec(text)?.[1] ?? 0);
  };
  return { app, address, open, drops };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 30_000;
  while (!(await condition())) {
    assert.ok(Date.now() < endMs, `waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ask = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
const post = (more: string) =>
  `POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\n${more}\r\n\r\n`;
const isLinux = process.platform === "linux";
const needsLoopbackNetwork = { skip: !isLinux && "127.0.0.2 is an address of this machine on Linux only" };

test("a connection that asks for more than it waits for is closed before it is answered", async () => {
  const { open, drops } = await serve({});
  const few = open(ask.repeat(4));
  await until(() => few.heard.text.split("HTTP/1.1 200").length === 5);
  const many = open("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1500));
  await until(() => many.heard.isClosed);
  assert.ok(many.heard.text.length < 100_000, `${many.heard.text.length} bytes`);
  await until(async () => (await drops("pipelined")) === 1);
});

test("silent connections give way to a newcomer; those that are answered or worked for do not", async () => {
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const run: typeof brightnessModel.run = async (images) => {
    await held;
    return brightnessModel.run(images);
  };
  const { open, address } = await serve(
    { maxConnectionsPerClient: 10, headersTimeoutMs: 30_000 },
    { model: { ...brightnessModel, run } },
  );
  const png = await flatPng(230);
  const worked = open(Buffer.concat([Buffer.from(post(`content-length: ${png.length}`)), png]));
  const halfSent = open("GET / HTTP/1.1\r\nhost: localh");
  const silent = Array.from({ length: 8 }, () => open());
  await pause(2300); // that it has moved is seen once a second
  const newcomers = Array.from({ length: 9 }, () => open(ask));
  await until(() => newcomers.every(({ heard }) => heard.text.startsWith("HTTP/1.1 200")));
  await until(() => silent.every(({ heard }) => heard.isClosed) && halfSent.heard.isClosed);
  assert.equal(worked.heard.isClosed, false);
  const tooMany = open(ask);
  await until(() => tooMany.heard.isClosed);
  assert.equal(tooMany.heard.text, "", "nobody has been silent for a second: the newcomer is turned away");
  answer();
  await until(() => worked.heard.text.includes("HTTP/1.1 200"));
  await pause(1200);
  assert.equal((await fetch(`${address}/health/live`)).status, 200);
});

test(
  "when it is full, who has the most connections gives way to who has few, at once",
  needsLoopbackNetwork,
  async () => {
    const { open } = await serve({ maxConnections: 12, headersTimeoutMs: 30_000 });
    const many = Array.from({ length: 12 }, () => open("", "127.0.0.2"));
    await Promise.all(many.map(({ socket }) => once(socket, "connect")));
    const few = Array.from({ length: 5 }, () => open(ask));
    await until(() => few.every(({ heard }) => heard.text.startsWith("HTTP/1.1 200")));
    await until(() => many.filter(({ heard }) => heard.isClosed).length === 5);
  },
);

test("a client that sends no HTTP and never closes is closed", async () => {
  const { open, drops } = await serve({});
  const { socket, heard } = open("no http\r\n\r\n");
  const closed = once(socket, "end");
  await until(() => heard.text.startsWith("HTTP/1.1 400"));
  const start = performance.now();
  await closed;
  await until(() => {
    socket.write("x");
    return socket.destroyed;
  });
  assert.ok(performance.now() - start < 5000);
  assert.equal(await drops("broken"), 1);
});

test("an address that abuses its connections again and again opens no others for a while", async () => {
  const { open, drops } = await serve({});
  const abusing = Array.from({ length: 40 }, () => open("no http\r\n\r\n"));
  await until(() => abusing.every(({ heard }) => heard.isClosed));
  await until(async () => {
    // The one that counts comes from this address too, and may have to wait.
    const count = await drops("broken").catch(() => 0);
    return count >= 8;
  });
  const isAnswered = async () => {
    const { heard } = open(ask);
    await until(() => heard.isClosed || heard.text !== "");
    return heard.text.startsWith("HTTP/1.1 200");
  };
  await until(isAnswered);
});

test("a new connection must say something soon", async () => {
  const { open } = await serve({ headersTimeoutMs: 300 });
  const { heard } = open();
  await until(() => heard.isClosed);
});

test("an upload that stands still is told that it is too slow, and is closed", async () => {
  const { open, drops } = await serve({});
  const { heard } = open(`${post("content-length: 5000000")}${"x".repeat(1000)}`);
  await until(() => heard.text.startsWith("HTTP/1.1 408"));
  assert.match(heard.text, /8192 bytes a second/);
  await until(() => heard.isClosed);
  assert.equal(await drops("upload-too-slow"), 1);
});

test(
  "uploads that stand still give way; a client has its share of what is held and others theirs",
  needsLoopbackNetwork,
  async () => {
    const limits = { maxBodyBytes: 100_000, maxHeldBytes: 200_000, maxHeldBytesPerClient: 100_000 };
    const { open, drops } = await serve(limits);
    const png = await flatPng(230);
    const good = () => open(Buffer.concat([Buffer.from(post(`content-length: ${png.length}`)), png]));
    const stalled = ["127.0.0.2", "127.0.0.3"].map((from) =>
      open(`${post("content-length: 100000")}${"x".repeat(99_990)}`, from),
    );
    await pause(1300);
    const second = open(`${post("content-length: 100000")}${"x".repeat(50_000)}`, "127.0.0.2");
    await until(() => stalled[0]?.heard.text.startsWith("HTTP/1.1 429") === true);
    const reply = good();
    await until(() => reply.heard.text.startsWith("HTTP/1.1 200"));
    assert.equal(second.heard.text, "");
    assert.ok((await drops("upload-gave-way")) >= 1);
  },
);

test("a body in chunks of one byte is cut off; one in small pieces takes no more memory than its bytes", async () => {
  const { open, drops, address } = await serve({});
  const { heard } = open(`${post("transfer-encoding: chunked")}${"1\r\nx\r\n".repeat(5000)}`);
  await until(() => heard.isClosed);
  await until(async () => (await drops("tiny-chunks")) === 1);
  const png = Buffer.from(await flatPng(230, 400));
  const pieces = Array.from({ length: Math.ceil(png.length / 100) }, (_, i) => png.subarray(100 * i, 100 * i + 100));
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const init = { method: "POST", headers: { "content-type": "image/png" }, body, duplex: "half" };
  assert.equal((await fetch(`${address}/v1/predict`, init as RequestInit)).status, 200);
});

test("a large answer is sent whole, in pieces, to as many as read; who asks for many at a time is told to wait", async () => {
  const bytes = Buffer.alloc(9_000_001, "model");
  const { address, open } = await serve({}, { modelFile: { bytes, sha256: "0".repeat(64) } });
  const whole = Buffer.from(await (await fetch(`${address}/model.onnx`)).arrayBuffer());
  assert.ok(whole.equals(bytes));
  const unread = Array.from({ length: 6 }, () => open("GET /model.onnx HTTP/1.1\r\nhost: localhost\r\n\r\n"));
  for (const { socket } of unread) socket.pause();
  await pause(300);
  const refused = await fetch(`${address}/model.onnx`);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "1"]);
  assert.equal(((await refused.json()) as { code: string }).code, "SERVER_BUSY");
  for (const { socket } of unread) socket.destroy();
  await until(async () => (await fetch(`${address}/model.onnx`)).status === 200);
});

test("health is ready while images are read, and not when nothing comes to an end", async () => {
  let answer: () => void = () => undefined;
  let held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const decodeRadiograph: ServerParts["decodeRadiograph"] = async () => {
    await held;
    return { image: { width: 2, height: 2, data: new Uint8Array(4) }, warnings: [] };
  };
  const { address, open } = await serve({ stallMs: 300 }, { decodeRadiograph });
  const ready = async (path = "/health/ready") => {
    const reply = await fetch(address + path);
    return [reply.status, ((await reply.json()) as { code?: string }).code];
  };
  assert.deepEqual(await ready(), [200, undefined]);
  const request = `${post("content-length: 4")}oops`;
  open(request);
  assert.deepEqual(await ready("/health"), [200, undefined]);
  await until(async () => (await ready())[0] === 503);
  assert.deepEqual(await ready(), [503, "SERVER_STALLED"]);
  assert.deepEqual(await ready("/health/live"), [200, undefined]);
  const text = await (await fetch(`${address}/metrics`)).text();
  assert.match(text, /^pneumoscope_ready 0$/m);
  answer();
  await until(async () => (await ready())[0] === 200);
  held = Promise.resolve();
});

test("a stop answers what cannot be finished, and ends although a decoder hangs", async () => {
  const decodeRadiograph = () => new Promise<never>(() => undefined);
  const { app, open } = await serve({}, { decodeRadiograph });
  const { heard } = open(`${post("content-length: 4")}oops`);
  await pause(200);
  const start = performance.now();
  await stop(app, 300);
  assert.ok(performance.now() - start < 3000);
  await until(() => heard.isClosed);
  assert.match(heard.text, /^HTTP\/1\.1 503 [\s\S]*SERVER_STOPPING/);
});
