// What happens to images, and what computes.
import type { JSX } from "preact";
import type { OpenedModel } from "../worker/messages.js";

export function PageFooter({ model }: { readonly model: OpenedModel | undefined }): JSX.Element {
  return (
    <footer class="page-footer">
      <p>Images are read on this device and never uploaded. The page works without a network once it has loaded.</p>
      {model !== undefined && (
        <p>
          Computes with {model.engine}
          {model.engine === "WebAssembly" && (model.threads === 1 ? " on one thread" : ` on ${model.threads} threads`)}.
        </p>
      )}
    </footer>
  );
}
