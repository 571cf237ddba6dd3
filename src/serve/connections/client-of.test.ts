import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "./client-of.js";

test("one client is one IPv4 address, however it is written, or one IPv6 network of 64 bits", () => {
  const cases: [string | undefined, string][] = [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    [undefined, "unknown"],
  ];
  for (const [address, network] of cases) assert.equal(networkOf(address), network);
});
