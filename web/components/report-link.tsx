// A link to a report of the server. Where a token is needed, which a link cannot send, it is fetched and saved instead.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { downloadText } from "../session/download.js";

export interface ReportLinkProps {
  /** Relative to the page. */
  readonly address: string;
  /** The header that the server asks for; null where it asks for none. */
  readonly authorization: string | null;
  readonly children: ComponentChildren;
}

export function ReportLink({ address, authorization, children }: ReportLinkProps): JSX.Element {
  const [hasFailed, setFailed] = useState(false);
  if (authorization === null) return <a href={address}>{children}</a>;
  const save = async () => {
    try {
      const response = await fetch(address, { headers: { authorization } });
      if (!response.ok) throw new Error(String(response.status));
      downloadText(address.split("/").at(-1) ?? "report.html", "text/html", await response.text());
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <button type="button" class="button is-quiet" onClick={save}>
      Save: {children}
      {hasFailed && <span role="alert"> (it did not arrive)</span>}
    </button>
  );
}
