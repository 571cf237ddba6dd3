// Which requests are answered at all. A server on this machine can be reached by every web page that is open here: by
// requests across sites, and by a name that its owner points to 127.0.0.1 (DNS rebinding). Both are told by headers
// that a page cannot forge.
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { AppError } from "../core/errors.js";

/**
 * @param allowedHosts names beside localhost; IP addresses are always allowed, because rebinding needs a name
 * @throws AppError REQUEST_REFUSED
 */
export function checkOrigin(headers: IncomingHttpHeaders, allowedHosts: readonly string[]): void {
  const host = hostOf(`http://${headers.host ?? ""}`);
  if (host === undefined) throw refused("a request must name one host in its header", "none, or one that is no host");
  if (!isIP(host.name) && host.name !== "localhost" && !allowedHosts.includes(host.name)) {
    throw refused("the server answers to IP addresses, localhost and the names that it was given", "another host");
  }
  const site = headers["sec-fetch-site"];
  const { origin } = headers;
  // A link from elsewhere to the page is harmless: browsers do not let the other site see what it shows.
  const isNavigation = headers["sec-fetch-mode"] === "navigate" && origin === undefined;
  const isForeign =
    origin === undefined ? site === "cross-site" || site === "same-site" : hostOf(origin)?.full !== host.full;
  if (isForeign && !isNavigation) {
    throw refused("only the server's own page and programs may ask", "a request from another site's page");
  }
}

/** Name (IPv6 without brackets) and name with port, in lower case; undefined for what is no http address. */
function hostOf(address: string): { readonly name: string; readonly full: string } | undefined {
  if (!/^https?:\/\/[^/?#@\s]+$/i.test(address) || !URL.canParse(address)) return undefined;
  const { hostname, host } = new URL(address);
  return { name: hostname.replace(/^\[|\]$/g, ""), full: host };
}

function refused(rule: string, received: string): AppError {
  const remedy = "Ask http://localhost, or have the server allow the name";
  return new AppError("REQUEST_REFUSED", { place: "request", rule, received, remedy });
}
