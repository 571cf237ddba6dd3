// The model's state while it matters: on its way with progress, failed with what to do. An open model is in the result.
import type { JSX } from "preact";
import type { ChosenFiles } from "../session/dropped-files.js";
import type { ModelState } from "../session/page-session.js";
import { FileButton } from "./file-button.js";
import { Icon } from "./icons.js";

export interface ModelStatusProps {
  readonly model: ModelState;
  readonly onChoose: (files: ChosenFiles) => void;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

export function ModelStatus({ model, onChoose }: ModelStatusProps): JSX.Element {
  switch (model.kind) {
    case "none":
      return <p class="model-status">Starting …</p>;
    case "opening":
      return <Opening progress={model.progress} />;
    case "failed":
      return (
        <div class="model-status is-failed" role="alert">
          <p>
            <Icon name="error" /> <strong>No model is open.</strong> {model.error.message}
          </p>
          <FileButton choice="model" onChoose={onChoose}>
            <Icon name="model" /> Choose a model (.onnx)
          </FileButton>
        </div>
      );
    case "open": {
      const { contract } = model.model;
      return (
        <div class="model-status is-open">
          <p>
            <Icon name="model" /> <strong>{contract.title}</strong>
            <span class="hint"> {model.model.file}</span>
          </p>
          <FileButton choice="model" emphasis="quiet" onChoose={onChoose}>
            Choose another model
          </FileButton>
        </div>
      );
    }
    default:
      return model satisfies never;
  }
}

function Opening({ progress }: { readonly progress: Extract<ModelState, { kind: "opening" }>["progress"] }) {
  const isArriving = progress !== null && progress.receivedBytes !== progress.totalBytes;
  const of = progress?.totalBytes == null ? "" : ` of ${megabytes(progress.totalBytes)}`;
  const text = isArriving ? `Fetching the model: ${megabytes(progress.receivedBytes)}${of} MB` : "Opening the model …";
  const bar = progress?.totalBytes == null ? {} : { value: progress.receivedBytes, max: progress.totalBytes };
  return (
    <div class="model-status is-opening">
      <label>
        <span>{text}</span>
        <progress {...bar} />
      </label>
    </div>
  );
}
