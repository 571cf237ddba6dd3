// A training that names a frozen protocol: what differs from it is refused before hours of training, and the ledger is told of it before
// its test is read.
import { resolve } from "node:path";
import type { RunSettings } from "../settings.js";
import { type FrozenProtocol, readProtocol, requireFollowed, requireItsTest, toldSettings } from "./frozen-protocol.js";
import { recordProtocol } from "./record-reading.js";
import type { TestSet } from "./test-set.js";

/** Null where none is named. @throws AppError FILE_MISSING, PROTOCOL_INVALID; PROTOCOL_DEPARTED */
export async function protocolFor(
  settings: RunSettings,
  {
    frozenProtocol,
    cwd = process.cwd(),
  }: { readonly frozenProtocol?: string | undefined; readonly cwd?: string | undefined },
): Promise<FrozenProtocol | null> {
  if (frozenProtocol === undefined) return null;
  const protocol = await readProtocol(resolve(cwd, frozenProtocol));
  requireFollowed(frozenProtocol, protocol, toldSettings(settings));
  return protocol;
}

/** @throws AppError PROTOCOL_DEPARTED for other test images; FILE_UNWRITABLE */
export async function beginProtocol(
  protocol: FrozenProtocol,
  data: string,
  test: TestSet,
  cacheFolder: string,
): Promise<void> {
  requireItsTest(data, protocol, test);
  await recordProtocol(protocol, cacheFolder);
}
