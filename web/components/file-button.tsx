// A button that opens the browser's file chooser. The input itself is hidden: browsers draw it each in their own way.
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { type ChosenFiles, filesOfInput } from "../session/dropped-files.js";

export interface FileButtonProps {
  readonly choice: "files" | "folder" | "model";
  readonly emphasis?: "primary" | "plain" | "quiet";
  readonly onChoose: (files: ChosenFiles) => void;
  readonly children: ComponentChildren;
}

/** DICOM files often have no suffix at all, so nothing is filtered but the model. */
const accepted = { files: undefined, folder: undefined, model: ".onnx" } as const;

export function FileButton({ choice, emphasis = "plain", onChoose, children }: FileButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const take = (field: HTMLInputElement | null) => {
    input.current = field;
    if (field !== null) field.webkitdirectory = choice === "folder";
  };
  const taken = () => {
    const field = input.current as HTMLInputElement;
    onChoose(filesOfInput([...(field.files ?? [])]));
    field.value = ""; // so that the same file can be chosen again
  };
  return (
    <>
      <button type="button" class={`button is-${emphasis}`} onClick={() => input.current?.click()}>
        {children}
      </button>
      <input
        ref={take}
        hidden
        type="file"
        data-choice={choice}
        multiple={choice !== "model"}
        accept={accepted[choice]}
        onChange={taken}
      />
    </>
  );
}
