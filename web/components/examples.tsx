// Example images: synthetic phantoms drawn when the page was built, never patients.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { chosenFiles } from "../../src/page/file-choice.js";
import type { ChosenFiles } from "../session/dropped-files.js";
import type { IntakeProps } from "./intake.js";

const examples = [
  { file: "phantom-normal-1.png", finding: "clear" },
  { file: "phantom-normal-2.png", finding: "clear" },
  { file: "phantom-opacity-1.png", finding: "opacity" },
  { file: "phantom-opacity-2.png", finding: "opacity" },
] as const;

export function Examples({ size, onChoose }: Omit<IntakeProps, "notice">): JSX.Element {
  const [failure, setFailure] = useState<string | null>(null);
  const open = async (names: readonly string[]) => {
    try {
      onChoose(chosenFiles(await Promise.all(names.map(fetchExample))));
      setFailure(null);
    } catch {
      setFailure("The examples did not arrive. Is there a network?");
    }
  };
  const all = examples.map(({ file }) => file);
  return (
    <div class={`examples is-${size}`}>
      {size === "large" && (
        <>
          <h2>Or try a phantom</h2>
          <p class="hint">
            Synthetic drawings, not patients: they show how the page works, not how well a model reads.
          </p>
          <ul class="example-list">
            {examples.map(({ file, finding }) => (
              <li key={file}>
                <button type="button" class="example" onClick={() => open([file])}>
                  <img src={`./examples/${file}`} alt="" width="132" height="110" loading="lazy" />
                  <span>Phantom: {finding}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <button type="button" class="button is-quiet" onClick={() => open(all)}>
        {size === "large" ? "Open all four" : "Add example phantoms"}
      </button>
      {failure !== null && <p role="alert">{failure}</p>}
    </div>
  );
}

async function fetchExample(name: string): Promise<ChosenFiles["images"][number]> {
  const response = await fetch(`./examples/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return { name, source: new File([await response.blob()], name) };
}
