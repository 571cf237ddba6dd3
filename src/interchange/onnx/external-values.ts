// Values of a .onnx file's constants that lie in files beside it, as exporters write large models: read in, so that what is
// made of the model is one file. Where they lie is said by the file, which is taken for hostile. For Node.
import { type FileHandle, open, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, sep } from "node:path";
import { messageOf } from "../../core/errors.js";
import { invalid } from "../invalid-model-file.js";
import type { CutGraph } from "./cut-graph.js";
import { type ForeignTensor, shown, withValues } from "./foreign-onnx.js";
import { maxOnnxBytes } from "./read-onnx-contract.js";

/**
 * The graph with all its values inside.
 * @param file the .onnx file's path
 * @throws AppError MODEL_FILE_INVALID for files outside its folder, missing or shorter than it says
 */
export async function withExternalValues(graph: CutGraph, file: string): Promise<CutGraph> {
  const files = new Map<string, FileHandle>();
  const constants = new Map<string, ForeignTensor>();
  let total = 0;
  try {
    for (const [name, tensor] of graph.constants) {
      if (tensor.external === null) {
        constants.set(name, tensor);
        continue;
      }
      const { location, offset, length } = placeOf(tensor, file);
      total += length;
      if (total > maxOnnxBytes) throw invalid(file, `it has at most ${maxOnnxBytes} bytes with its values`, "more");
      const handle = files.get(location) ?? (await openBeside(file, location));
      files.set(location, handle);
      constants.set(name, withValues(tensor, await valuesAt(handle, offset, length, { file, location })));
    }
    return { ...graph, constants };
  } finally {
    for (const handle of files.values()) await handle.close();
  }
}

interface Place {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Keys of onnx.proto's "external_data". */
function placeOf({ name, external }: ForeignTensor, file: string): Place {
  const given = (key: string) => external?.get(key);
  const whole = (text: string | undefined) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : Number.NaN);
  const [location = "", offset, length] = [given("location"), whole(given("offset") ?? "0"), whole(given("length"))];
  if (location !== "" && Number.isSafeInteger(offset) && Number.isSafeInteger(length)) {
    return { location, offset, length };
  }
  throw invalid(
    file,
    "should say in which file, from where and how long its values are",
    `constant ${shown(name)} without one of these`,
  );
}

async function openBeside(file: string, location: string): Promise<FileHandle> {
  const outside = () =>
    invalid(file, "its values should lie in its own folder", `a constant whose values are in ${shown(location)}`);
  if (isAbsolute(location) || /^[a-z]:/i.test(location) || location.split(/[\\/]/).includes("..")) throw outside();
  try {
    const folder = await realpath(dirname(file));
    const place = await realpath(join(folder, location));
    if (!place.startsWith(folder.endsWith(sep) ? folder : folder + sep)) throw outside(); // by a link
    const handle = await open(place, "r");
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    throw new Error("it is not a file");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "MODEL_FILE_INVALID") throw thrown;
    const received = `${shown(location)}, which cannot be read: ${messageOf(thrown)}`;
    throw invalid(file, "the file with its values should lie beside it", received, thrown);
  }
}

async function valuesAt(
  handle: FileHandle,
  offset: number,
  length: number,
  { file, location }: { readonly file: string; readonly location: string },
): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (offset + length <= size) {
    const values = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(values, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    if (filled === length) return values;
  }
  throw invalid(file, `${shown(location)} should hold all of its values`, `${size} bytes: it is cut short`);
}
