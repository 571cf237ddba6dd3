// Scores the radiographs that are dropped or chosen, one after another, and shows where the model looked.
import { type Classifier, openClassifier, type Result, researchUse } from "pneumoscope/browser";
import { useState } from "react";
import { Radiograph } from "./radiograph.tsx";

/** public/model.onnx; opened when the first file comes. */
let opened: Promise<Classifier> | undefined;
const classifier = () => {
  opened ??= openClassifier(`${import.meta.env.BASE_URL}model.onnx`).catch((error: unknown) => {
    opened = undefined; // tried again with the next file
    throw error;
  });
  return opened;
};

export function App() {
  const [results, setResults] = useState<readonly Result[]>([]);
  const [problem, setProblem] = useState<string>();

  async function score(files: Iterable<File>) {
    setProblem(undefined);
    try {
      const options = { images: true, heatMaps: true };
      for await (const result of (await classifier()).predict([...files], options)) {
        setResults((before) => [...before, result]);
      }
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <main
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void score(event.dataTransfer.files);
      }}
    >
      <h1>Drop a chest radiograph</h1>
      <p>{researchUse}</p>
      <label>
        JPEG, PNG or DICOM: <input type="file" multiple onChange={(event) => void score(event.target.files ?? [])} />
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
      {results.map((result, i) => (
        <ResultCard key={i} result={result} />
      ))}
    </main>
  );
}

function ResultCard({ result }: { result: Result }) {
  if (result.kind === "failed") {
    return (
      <p role="alert">
        {result.name}: {result.error.message}
      </p>
    );
  }
  const { name, score, label, threshold, warnings, scope } = result;
  return (
    <article data-name={name} data-score={score}>
      <h2>{name}</h2>
      <p>
        P(pneumonia) {score.toFixed(4)}, threshold {threshold.toFixed(4)}: <strong>{label}</strong>
      </p>
      <ul>
        {[...scope.findings, ...warnings].map(({ code, message }) => (
          <li key={code}>{message}</li>
        ))}
      </ul>
      <Radiograph result={result} />
    </article>
  );
}
