// Makes a server listen, read its files again, and stop: what the system refuses in our words, nothing for other machines
// without a lock, what runs is finished within a bound.
import { type AddressInfo, BlockList, isIP, isIPv6 } from "node:net";
import type { FastifyInstance } from "fastify";
import { checkOptions, oneOf } from "../core/check-options.js";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";
import { controlsOf, type Reloaded } from "./server-controls.js";

/** How a server is reached. */
export interface ListenOptions {
  /**
   * "required", the default: only a server that asks for tokens listens where other machines can reach it. "none": it may
   * listen anywhere, and whoever reaches it may ask.
   */
  readonly authentication?: "required" | "none" | undefined;
}

/**
 * Lets a server listen.
 * @param port 0 takes any free one
 * @returns the address to open, such as "http://127.0.0.1:8080"
 *
 * @example
 * const app = await createServer(classifier);
 * console.log(await listen(app, "127.0.0.1", 0));
 *
 * @throws AppError SERVER_ADDRESS_TAKEN, SERVER_ADDRESS_UNUSABLE; SERVER_UNLOCKED for an address beyond this machine and a
 * server without tokens
 */
export async function listen(
  app: FastifyInstance,
  host: string,
  port: number,
  options: ListenOptions = {},
): Promise<string> {
  checkOptions("listen", options, { authentication: oneOf(["required", "none"]) });
  const controls = controlsOf(app.server);
  const isAllowed = (place: string) => isLoopback(place) || options.authentication === "none" || controls?.isLocked;
  if (host !== "localhost" && !isAllowed(host)) throw unlocked(host);
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    throw refusal(thrown, host, port);
  }
  // What the name "localhost" stands for is known now.
  const addresses = app.addresses() as AddressInfo[]; // strings are of pipes
  const beyond = addresses.find(({ address }) => !isAllowed(address));
  if (beyond !== undefined) {
    await app.close();
    throw unlocked(`${host} (${beyond.address})`);
  }
  const { address, port: taken, family } = app.server.address() as AddressInfo;
  const scheme = controls?.isEncrypted === true ? "https" : "http";
  return `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${taken}`;
}

/**
 * Reads the server's files again: tokens, certificate and key; opens its audit log anew. One that cannot be used changes
 * nothing and is told.
 *
 * @example
 * process.on("SIGHUP", () => {
 *   for (const { what, error } of reload(app)) console.log(what, error?.message ?? "read again");
 * });
 */
export function reload(app: FastifyInstance): readonly Reloaded[] {
  return controlsOf(app.server)?.reload() ?? [];
}

/** Time for the answers of requests that were ended to arrive. */
const lastAnswersMs = 500;

/**
 * Finishes the requests that run and takes no new ones.
 * @param graceMs what is not done by then is answered with SERVER_STOPPING, and what hangs, such as a body that does not
 * arrive, is cut off half a second later
 *
 * @example
 * process.once("SIGTERM", () => stop(app, 10_000));
 */
export async function stop(app: FastifyInstance, graceMs: number): Promise<void> {
  const controls = controlsOf(app.server);
  const disconnect = () => (controls === undefined ? app.server.closeAllConnections() : controls.disconnect());
  const timers = [
    setTimeout(() => controls?.endWork(), graceMs),
    setTimeout(disconnect, controls === undefined ? graceMs : graceMs + lastAnswersMs),
  ];
  try {
    await app.close();
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Names are not: what they stand for is somebody else's to say. */
function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && loopback.check(host, isIPv6(host) ? "ipv6" : "ipv4");
}

function unlocked(host: string): AppError {
  return new AppError("SERVER_UNLOCKED", {
    place: `host ${host}`,
    rule: "other machines can reach it there, so the server must ask for tokens",
    received: "none to ask for",
    remedy: "Give it a file of tokens, or say that it needs no authentication",
  });
}

function refusal(thrown: unknown, host: string, port: number): unknown {
  const code = systemCodeOf(thrown);
  const place = `port ${port} of ${host}`;
  if (code === "EADDRINUSE") {
    const facts = {
      place,
      rule: "must be free",
      received: "one on which another program listens",
      remedy: "Stop it, or choose another port",
    };
    return new AppError("SERVER_ADDRESS_TAKEN", facts, { cause: thrown });
  }
  if (code === undefined) return thrown;
  const facts = {
    place,
    rule: `cannot be listened on: ${messageOf(thrown)}`,
    remedy: "Choose a host of this machine (127.0.0.1) and a port from 1024",
  };
  return new AppError("SERVER_ADDRESS_UNUSABLE", facts, { cause: thrown });
}
