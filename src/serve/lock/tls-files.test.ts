// Certificates: what is refused, a server that encrypts, and a new certificate for the next connection.
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect, type PeerCertificate } from "node:tls";
import { makeCertificate, withoutOpenssl } from "../../../test/support/certificates.js";
import { hasCode } from "../../../test/support/has-code.js";
import { brightnessParts } from "../../../test/support/served-brightness.js";
import { createServer } from "../create-server.js";
import { listen, reload, stop } from "../listen.js";
import { readTlsPair } from "./tls-files.js";

const folder = mkdtempSync(join(tmpdir(), "pneumoscope-tls-"));
after(() => rmSync(folder, { recursive: true }));
const invalid = (text: string) => hasCode("TLS_FILE_INVALID", text);
const dayMs = 86_400_000;

test("a certificate and its key are checked before they are used", { skip: withoutOpenssl }, () => {
  const [one, other] = [makeCertificate(folder, "one"), makeCertificate(folder, "other")];
  assert.ok(readTlsPair(one).key.includes("PRIVATE KEY"));
  assert.throws(() => readTlsPair({ ...one, key: other.key }), invalid("a certificate and its key"));
  assert.throws(() => readTlsPair(one, Date.now() + 3 * dayMs), invalid("must be valid today"));
  assert.throws(() => readTlsPair(one, Date.now() - 3 * dayMs), invalid("must be valid today"));
  assert.throws(() => readTlsPair({ ...one, certificate: join(folder, "absent") }), invalid("ENOENT"));
  const text = join(folder, "text.pem");
  writeFileSync(text, "no certificate", { mode: 0o600 });
  assert.throws(() => readTlsPair({ ...one, certificate: text }), invalid("must be a certificate as PEM"));
  chmodSync(other.key, 0o644);
  if (process.platform !== "win32") assert.throws(() => readTlsPair(other), invalid("other users"));
});

test("a server encrypts, takes a new certificate without stopping, and keeps the old one when the new is bad", {
  skip: withoutOpenssl,
}, async () => {
  const files = { certificate: join(folder, "served.pem"), key: join(folder, "served-key.pem") };
  const use = (name: string) => {
    const made = makeCertificate(folder, name);
    copyFileSync(made.certificate, files.certificate);
    copyFileSync(made.key, files.key);
  };
  use("first");
  const app = await createServer(brightnessParts, {}, files);
  const address = await listen(app, "127.0.0.1", 0);
  assert.match(address, /^https:\/\/127\.0\.0\.1:\d+$/);
  const port = Number(new URL(address).port);
  const nameOf = async () => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { subject } = socket.getPeerCertificate() as PeerCertificate;
    socket.destroy();
    return subject.CN;
  };
  assert.equal(await nameOf(), "first");
  const reply = await new Promise<string>((resolve, reject) => {
    get(`${address}/model.onnx`, { ca: readFileSync(files.certificate), agent: false }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += String(chunk);
      });
      answer.on("end", () => resolve(`${answer.statusCode} ${body}`));
    }).on("error", reject);
  });
  assert.equal(reply, "200 the model's bytes");

  use("second");
  assert.deepEqual(reload(app), [{ what: "certificate", error: undefined }]);
  assert.equal(await nameOf(), "second");
  writeFileSync(files.certificate, "cut short");
  const [outcome] = reload(app);
  assert.equal(outcome?.error?.code, "TLS_FILE_INVALID");
  assert.equal(await nameOf(), "second");

  const plain = connectPlain(port, "127.0.0.1");
  plain.on("error", () => undefined).write("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n");
  let answered = "";
  plain.on("data", (chunk) => {
    answered += String(chunk);
  });
  await once(plain, "close");
  assert.ok(!answered.includes("200"), "nothing is said in the clear");
  await stop(app, 1000);
});
