// Whom a request or a connection is counted to: the name of its token, else its address. What many share (an address
// behind a proxy, a token on many machines) is one client.
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

export interface Client {
  /** What its share of the server is counted under. */
  readonly key: string;
  /** As the audit log names it. */
  readonly shown: string;
}

/** One address may be written in two ways, and whoever has one IPv6 address has all 2^64 of its network. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [before = "", after = ""] = address.split("%")[0]?.split("::") ?? [];
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [left, right] = [groups(before), groups(after)];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const first = [...left, ...zeros, ...right].slice(0, 4);
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}

/** @param token the name of the request's token, where it has one */
export function clientOf(request: IncomingMessage, token: string | undefined): Client {
  if (token !== undefined) return { key: `token ${token}`, shown: token };
  const address = request.socket.remoteAddress;
  return { key: `address ${networkOf(address)}`, shown: address ?? "unknown" };
}
