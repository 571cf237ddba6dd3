// The session's state inside a component; the component is drawn again when it changes.
import { useEffect, useState } from "preact/hooks";
import type { PageSession, SessionState } from "./page-session.js";

export function useSessionState(session: PageSession): SessionState {
  const [state, setState] = useState(session.state);
  useEffect(() => {
    setState(session.state);
    return session.subscribe(() => setState(session.state));
  }, [session]);
  return state;
}
