// Hosts on this machine: Linux network namespaces on a bridge, each with one link of a given rate. Needs root, `ip` and `tc`.
import { execFileSync } from "node:child_process";

const bridge = "pneumo-br0";
const name = (host: number) => `pneumo-${host}`;
const link = (host: number) => `pneumo-v${host}`;

const ip = (...args: string[]): string =>
  execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const tc = (...args: string[]): string => execFileSync("tc", args, { encoding: "utf8" });

export interface Hosts {
  readonly addresses: readonly string[];
  /** What a program there is started by: that, then the program's own words. */
  readonly enter: (host: number) => readonly string[];
  /** That host has sent so far. */
  readonly bytesSent: (host: number) => number;
  readonly remove: () => void;
}

/** @param rate as tc writes it ("1gbit"), of each host's link in both directions; null leaves it as fast as the kernel is */
export function makeHosts(count: number, rate: string | null): Hosts {
  const hosts = Array.from({ length: count }, (_, host) => host);
  const remove = () => {
    for (const host of hosts) attempt(() => ip("netns", "del", name(host)));
    attempt(() => ip("link", "del", bridge));
  };
  remove();
  ip("link", "add", bridge, "type", "bridge");
  ip("link", "set", bridge, "up");
  for (const host of hosts) {
    ip("netns", "add", name(host));
    ip("link", "add", link(host), "type", "veth", "peer", "name", "eth0", "netns", name(host));
    ip("link", "set", link(host), "master", bridge, "up");
    ip("-n", name(host), "addr", "add", `${addressOf(host)}/24`, "dev", "eth0");
    ip("-n", name(host), "link", "set", "eth0", "up");
    ip("-n", name(host), "link", "set", "lo", "up");
    if (rate === null) continue;
    const shape = ["root", "tbf", "rate", rate, "burst", "256kb", "latency", "50ms"];
    tc("-n", name(host), "qdisc", "add", "dev", "eth0", ...shape); // what it sends
    tc("qdisc", "add", "dev", link(host), ...shape); // what it gets
  }
  return {
    addresses: hosts.map(addressOf),
    enter: (host) => ["ip", "netns", "exec", name(host)],
    bytesSent: (host) => {
      const [entry] = JSON.parse(ip("-n", name(host), "-s", "-j", "link", "show", "eth0")) as [LinkStatistics];
      return entry.stats64.tx.bytes;
    },
    remove,
  };
}

interface LinkStatistics {
  readonly stats64: { readonly tx: { readonly bytes: number } };
}

const addressOf = (host: number): string => `10.77.0.${host + 1}`;

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // it was not there
  }
}
