// The server on a real socket: clients that hang, lie, leave or never end, ports that cannot be had, and the stop.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer as createPlainServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { hasCode } from "../../test/support/has-code.js";
import {
  brightnessAnswer,
  brightnessModel,
  brightnessServer,
  flatPng,
  multipart,
} from "../../test/support/served-brightness.js";
import { listen, stop } from "./listen.js";

const png = await flatPng(230);
const limits = { maxBodyBytes: 100_000 };
const servers: FastifyInstance[] = [];
let address: string;
/** A server that waits for nobody; sound requests go to the other one, for a busy machine makes them slow too. */
let impatientAddress: string;

before(async () => {
  const impatient = { ...limits, headersTimeoutMs: 300, receiveTimeoutMs: 600 };
  servers.push(await brightnessServer({}, limits), await brightnessServer({}, impatient));
  const [first, second] = await Promise.all(servers.map((server) => listen(server, "127.0.0.1", 0)));
  address = first as string;
  impatientAddress = second as string;
});
after(() => Promise.all(servers.map((server) => stop(server, 1000))));

/** Sends these bytes and gives all that comes back until the server closes. */
async function raw(text: string | Uint8Array, { end = false, to = address } = {}): Promise<string> {
  const socket = open(to);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += String(chunk);
  });
  socket.on("error", () => undefined);
  socket.write(text);
  if (end) socket.end();
  await once(socket, "close");
  return answer;
}

function open(to = address): Socket {
  return connect(Number(new URL(to).port), "127.0.0.1");
}

const post = (more: string, body = "") =>
  `POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\n${more}\r\n\r\n${body}`;
const fetchReading = () =>
  fetch(`${address}/v1/predict`, { method: "POST", headers: { "content-type": "image/png" }, body: Buffer.from(png) });

async function resultsOf(reply: Response): Promise<readonly { readonly label?: string }[]> {
  return ((await reply.json()) as { results: { label?: string }[] }).results;
}

async function metric(name: string): Promise<number> {
  const body = await (await fetch(`${address}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(body)?.[1]);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("reads images sent by Node's own client, in one connection", async () => {
  for (let i = 0; i < 3; i++) {
    const reply = await fetchReading();
    assert.deepEqual([reply.status, (await resultsOf(reply))[0]?.label], [200, "PNEUMONIA"]);
  }
  const form = await multipart([
    ["a.png", png],
    ["b.png", "text"],
  ]);
  const reply = await fetch(`${address}/v1/predict`, { method: "POST", headers: form.headers, body: form.payload });
  assert.equal((await resultsOf(reply)).length, 2);
});

test("a client that stops in the middle of its body, or of its headers, is told that it is too slow", async () => {
  const [body, headers] = await Promise.all([
    raw(post("content-length: 5000", "half a body"), { to: impatientAddress }),
    raw("POST /v1/predict HTTP/1.1\r\nhost: localh", { to: impatientAddress }),
  ]);
  for (const answer of [body, headers]) {
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /REQUEST_TOO_SLOW/);
  }
});

test("a client that leaves in the middle of its body leaves nothing behind", async () => {
  for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
    const socket = open();
    let answer = "";
    socket
      .on("error", () => undefined)
      .on("data", (chunk) => {
        answer += String(chunk);
      });
    socket.write(post("content-length: 5000", "x".repeat(2000)));
    await until(async () => (await metric("pneumoscope_held_bytes")) === 2000);
    socket[leave]();
    await until(async () => (await metric("pneumoscope_held_bytes")) === 0);
    if (leave === "end")
      await until(async () => /400 REQUEST_INVALID[\s\S]*one that ended in the middle\./.test(answer));
    socket.destroy();
  }
});

test("a client that leaves while its image waits takes it out of the queue", async () => {
  const read = () => new Promise<never>(() => undefined);
  const stuck = await brightnessServer({ model: { ...brightnessModel, run: read } }, limits);
  const place = await listen(stuck, "127.0.0.1", 0);
  const controller = new AbortController();
  const asked = fetch(`${place}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "image/png" },
    body: Buffer.from(png),
    signal: controller.signal,
  });
  const waiting = async () =>
    /^pneumoscope_waiting_images (\d+)$/m.exec(await (await fetch(`${place}/metrics`)).text())?.[1];
  await until(async () => (await waiting()) === "1");
  controller.abort();
  await assert.rejects(asked);
  await until(async () => (await waiting()) === "0");
  await stop(stuck, 1000);
});

test("a huge declared length and a body without end are refused", async () => {
  const declared = await raw(post("content-length: 99999999999", "x"), { end: true });
  assert.match(declared, /^HTTP\/1\.1 413 /);
  const socket = open(impatientAddress);
  socket.on("error", () => undefined);
  socket.write(post("transfer-encoding: chunked"));
  const chunk = `2710\r\n${"x".repeat(10_000)}\r\n`;
  const pump = setInterval(() => socket.write(chunk), 1);
  const [first] = await once(socket, "data");
  assert.match(String(first), /^HTTP\/1\.1 4(13|08) /); // 408 where this machine took too long to send as much
  await new Promise((resolve) => socket.once("close", resolve)); // it never ends, so it is cut off; writing then fails
  clearInterval(pump);
});

test("what is no HTTP is answered and closed", async () => {
  const garbage = [
    "\u0016\u0003\u0001\u0002 a TLS hello",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /\r\n\r\n",
    `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
    post("content-length: -1"),
    post("content-length: 4\r\ncontent-length: 5", "abcde"),
    post("content-length: 4\r\ntransfer-encoding: chunked", "4\r\nabcd\r\n0\r\n\r\n"),
    post("transfer-encoding: chunked", "zzzz\r\n"),
  ];
  for (const text of garbage) assert.match(await raw(text), /^HTTP\/1\.1 4\d\d /, text.slice(0, 80));
  assert.equal((await fetchReading()).status, 200);
});

test("a request without Host is refused", async () => {
  assert.match(await raw("GET /v1/model HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 403 .*REQUEST_REFUSED/s);
});

test("a port that is taken and a host that is none are told in words", async () => {
  const plain = createPlainServer().listen(0, "127.0.0.1");
  await once(plain, "listening");
  const { port } = plain.address() as AddressInfo;
  const other = await brightnessServer();
  await assert.rejects(listen(other, "127.0.0.1", port), hasCode("SERVER_ADDRESS_TAKEN", `port ${port}`));
  plain.close();
  const third = await brightnessServer();
  await assert.rejects(
    listen(third, "192.0.2.1", 0, { authentication: "none" }),
    hasCode("SERVER_ADDRESS_UNUSABLE", "192.0.2.1"),
  );
  await Promise.all([other.close(), third.close()]);
});

test("a stop finishes what runs, refuses what is new, and cuts off who hangs", async () => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let begun = 0;
  const read = async (images: Uint8Array) => {
    begun++;
    await finished;
    return brightnessAnswer(images);
  };
  const other = await brightnessServer(
    { model: { ...brightnessModel, run: read } },
    { ...limits, receiveTimeoutMs: 60_000 },
  );
  const place = await listen(other, "127.0.0.1", 0);
  const { port } = new URL(place);
  const client = connect(Number(port), "127.0.0.1");
  let answers = "";
  client.on("data", (chunk) => {
    answers += String(chunk);
  });
  client.write(post(`content-length: ${png.length}`));
  client.write(png);
  const hanging = connect(Number(port), "127.0.0.1");
  hanging.on("error", () => undefined);
  hanging.write(post("content-length: 5000", "half"));
  await until(async () => begun === 1);
  const stopped = stop(other, 300);
  await assert.rejects(fetch(`${place}/health`));
  client.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await new Promise((resolve) => setTimeout(resolve, 50));
  finish();
  await once(client, "close");
  assert.match(answers, /^HTTP\/1\.1 200 .*HTTP\/1\.1 503 .*SERVER_STOPPING/s);
  await stopped;
  hanging.destroy();
});
