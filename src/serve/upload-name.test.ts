import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { uploadName } from "./upload-name.js";

test("names are the client's, without folders and what no one can see", () => {
  const names: [string | undefined, string][] = [
    ["scan.jpeg", "scan.jpeg"],
    ["Röntgen 胸部 1.png", "Röntgen 胸部 1.png"],
    ["../../etc/passwd", "passwd"],
    ["C:\\scans\\a.dcm", "a.dcm"],
    ["a\u0000b\r\nc\u202egpj.exe", "abcgpj.exe"],
    ["", "image-7"],
    ["..", "image-7"],
    ["folder/", "image-7"],
    [undefined, "image-7"],
    ["x".repeat(500), "x".repeat(200)],
    ["\ud800lone", "\ufffdlone"],
  ];
  for (const [given, name] of names) assert.equal(uploadName(given, 7), name);
});

test("any name comes out short, printable and without a path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (given) => {
      const name = uploadName(given, 1);
      assert.ok(name.length > 0 && [...name].length <= 200 && !/\p{Cs}/u.test(name));
      assert.ok(!/[\p{Cc}\p{Cf}/\\]/u.test(name) && !/^\.*$/.test(name), name);
    }),
  );
});
