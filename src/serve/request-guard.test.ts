import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { test } from "node:test";
import { hasCode } from "../../test/support/has-code.js";
import { checkOrigin } from "./request-guard.js";

const here = "127.0.0.1:8080";

test("programs and the server's own page are answered", () => {
  const sound: IncomingHttpHeaders[] = [
    { host: here },
    { host: "localhost:9000" },
    { host: "LOCALHOST" },
    { host: "[::1]:8080" },
    { host: "192.168.1.20:8080" },
    { host: "reader.clinic.example" },
    { host: here, origin: `http://${here}`, "sec-fetch-site": "same-origin" },
    { host: here, "sec-fetch-site": "none", "sec-fetch-mode": "navigate" },
    { host: here, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    { host: "reader.clinic.example", origin: "https://reader.clinic.example" },
  ];
  for (const headers of sound) checkOrigin(headers, ["reader.clinic.example"]);
});

test("other hosts and other sites' pages are refused", () => {
  const refused: IncomingHttpHeaders[] = [
    {},
    { host: "" },
    { host: "evil.example" },
    { host: "localhost.evil.example" },
    { host: "127.0.0.1.evil.example:8080" },
    { host: "user@127.0.0.1" },
    { host: "127.0.0.1/x" },
    { host: here, origin: "https://evil.example" },
    { host: here, origin: "null" },
    { host: here, origin: "http://127.0.0.1:3000" },
    { host: here, origin: "http://localhost:8080" },
    { host: here, origin: `file://${here}` },
    { host: here, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    { host: here, "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" },
    { host: here, origin: "https://evil.example", "sec-fetch-mode": "navigate" },
  ];
  for (const headers of refused) {
    assert.throws(() => checkOrigin(headers, []), hasCode("REQUEST_REFUSED", ""), JSON.stringify(headers));
  }
});
