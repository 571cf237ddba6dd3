// The HTTP server as a reader of bytes by others: whole requests as they come over a socket, damaged anywhere. The server
// must answer each or close it, never with a fault, and keep nothing of it.
import { connect } from "node:net";
import type { FastifyInstance } from "fastify";
import { AppError } from "../../src/core/errors.js";
import { listen, stop } from "../../src/serve/listen.js";
import { brightnessServer, flatPng, multipart, predict } from "../../test/support/served-brightness.js";
import type { OpenReader } from "./readers/reader.js";

const patienceMs = 300;

export async function httpSeeds(): Promise<readonly Uint8Array[]> {
  const png = await flatPng(90);
  const form = await multipart([
    ["a.png", png],
    ["b.txt", "no image"],
  ]);
  const post = (headers: string, body: Uint8Array) =>
    Buffer.concat([
      Buffer.from(
        `POST /v1/predict?heatmap=values HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n${headers}\r\n\r\n`,
      ),
      body,
    ]);
  const chunked = Buffer.concat([
    Buffer.from(
      "POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n" +
        `${png.length.toString(16)}\r\n`,
    ),
    png,
    Buffer.from("\r\n0\r\n\r\n"),
  ]);
  return [
    post("content-type: image/png", png),
    post(`content-type: ${form.headers["content-type"]}`, form.payload),
    chunked,
    Buffer.from(
      "GET /v1/model?x=%20 HTTP/1.1\r\nhost: [::1]:80\r\norigin: http://[::1]:80\r\nif-none-match: *\r\n\r\n",
    ),
  ].map((bytes) => new Uint8Array(bytes));
}

export async function openHttpReader(): Promise<OpenReader> {
  const faults: unknown[] = [];
  const app = await brightnessServer({ onFault: (fault) => faults.push(fault) }, { maxBodyBytes: 100_000 });
  await predict(app, { payload: await flatPng(0), headers: { "content-type": "image/png" } }); // loads what decodes
  const { port } = new URL(await listen(app, "127.0.0.1", 0));
  return {
    read: async (bytes) => {
      const socket = connect(Number(port), "127.0.0.1");
      let answer = "";
      socket.on("data", (chunk) => {
        answer += String(chunk);
        socket.end();
      });
      socket.on("error", () => undefined);
      socket.write(bytes);
      // Where the damage makes the server wait for more, the client leaves. A client that leaves earlier gets no answer.
      const leave = setTimeout(() => socket.end(), patienceMs);
      await new Promise((resolve) => socket.once("close", resolve)); // events.once would throw at a reset, which is an answer
      clearTimeout(leave);
      if (/^HTTP\/1\.1 5/m.test(answer) || faults.length > 0) {
        throw new Error(`${answer.slice(0, 300)} ${faults.map(String).join()}`);
      }
      await untilNothingIsHeld(app);
      if (!/^HTTP\/1\.1 [23]/.test(answer))
        throw new AppError("REQUEST_INVALID", { place: "answer", rule: answer.slice(0, 100) });
      return answer;
    },
    close: () => stop(app, 1000),
  };
}

/** The server learns of a closed connection a little later than its client. */
async function untilNothingIsHeld(app: FastifyInstance): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { body } = await app.inject({ url: "/metrics", headers: { host: "localhost" } });
    if (/^pneumoscope_held_bytes 0$/m.test(body) && /^pneumoscope_waiting_images 0$/m.test(body)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("something of a request is held after its end");
}
