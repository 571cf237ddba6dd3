// What happens to images, and what computes.
import type { JSX } from "preact";
import type { OpenedModel } from "../worker/messages.js";

export interface PageFooterProps {
  readonly model: OpenedModel | undefined;
  /** Whether the browser keeps page and model for use without a network. */
  readonly isKept: boolean;
}

export function PageFooter({ model, isKept }: PageFooterProps): JSX.Element {
  return (
    <footer class="page-footer">
      <p>
        Images are read on this device and never uploaded.
        {isKept && " The page works without a network once it has loaded."}
      </p>
      {model !== undefined && (
        <p>
          Computes with {model.engine}
          {model.engine === "WebAssembly" && (model.threads === 1 ? " on one thread" : ` on ${model.threads} threads`)}.
        </p>
      )}
    </footer>
  );
}
