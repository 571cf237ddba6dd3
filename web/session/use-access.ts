// The state of the server's lock inside a component; the component is drawn again when it changes.
import { useEffect, useState } from "preact/hooks";
import type { AccessState, ServerAccess } from "./server-access.js";

export function useAccess(access: ServerAccess): AccessState {
  const [state, setState] = useState(access.state);
  useEffect(() => {
    setState(access.state);
    return access.subscribe(() => setState(access.state));
  }, [access]);
  return state;
}
