// Makes a server listen, and stop: what the system refuses in our words, what runs is finished within a bound.
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { AppError, messageOf, systemCodeOf } from "../core/errors.js";

/**
 * Lets a server listen.
 * @param port 0 takes any free one
 * @returns the address to open, such as "http://127.0.0.1:8080"
 *
 * @example
 * const app = await createServer(classifier);
 * console.log(await listen(app, "127.0.0.1", 0));
 *
 * @throws AppError SERVER_ADDRESS_TAKEN, SERVER_ADDRESS_UNUSABLE
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    throw refusal(thrown, host, port);
  }
  const { address, port: taken, family } = app.server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`;
}

/**
 * Finishes the requests that run and takes no new ones.
 * @param graceMs what is not done by then, such as a body that does not arrive, is cut off
 *
 * @example
 * process.once("SIGTERM", () => stop(app, 10_000));
 */
export async function stop(app: FastifyInstance, graceMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
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
