// What `model.summary()` prints in tf.keras 2: one row per layer, then the parameter counts. The text follows
// keras/src/utils/layer_utils.py of Keras 2.15 to the last space; the rows and counts behind it serve the report.
import type { LayerNode, ModelGraph } from "./model-graph.js";
import { inferShapes, product, type Shape, weightSpecsOf } from "./shapes.js";

/** Numbers of scalar weights. */
export interface ParameterCounts {
  readonly trainable: number;
  readonly nonTrainable: number;
  readonly total: number;
}

export interface SummaryRow {
  readonly name: string;
  readonly className: string;
  /** As Keras prints it: "(None, 224, 224, 32)". */
  readonly outputShape: string;
  readonly parameters: number;
  /** Names of the layers it reads. */
  readonly inputs: readonly string[];
  readonly trainable: boolean;
}

/** Counts of trainable and other scalar weights. @throws AppError MODEL_INVALID as `inferShapes`. */
export function parameterCounts(graph: ModelGraph): ParameterCounts {
  let trainable = 0;
  let nonTrainable = 0;
  for (const spec of [...weightSpecsOf(graph).values()].flat()) {
    if (spec.trainable) trainable += product(spec.shape);
    else nonTrainable += product(spec.shape);
  }
  return { trainable, nonTrainable, total: trainable + nonTrainable };
}

/** One row per layer that Keras lists: a Sequential's InputLayer is left out. Errors as `inferShapes`. */
export function summaryRows(graph: ModelGraph): readonly SummaryRow[] {
  const shapes = inferShapes(graph);
  const specs = weightSpecsOf(graph);
  return listedNodes(graph).map((node) => ({
    name: node.name,
    className: node.className,
    outputShape: shapeText(node, shapes.get(node.name) ?? []),
    parameters: (specs.get(node.name) ?? []).reduce((sum, spec) => sum + product(spec.shape), 0),
    inputs: node.inputs,
    trainable: node.trainable,
  }));
}

/** The text of `model.summary()`, lines ending in "\n", trailing spaces included. Errors as `inferShapes`. */
export function summaryText(graph: ModelGraph): string {
  const isChain = graph.nodes.every((node) => node.inputs.length <= 1);
  // Column ends, as Keras computes them from 0.45/0.85/1 of 65 and 0.3/0.6/0.7/1 of 98 characters.
  const columns = isChain ? [29, 55, 65] : [29, 58, 68, 98];
  const header = ["Layer (type)", "Output Shape", "Param #", "Connected to"].slice(0, columns.length);
  const width = columns.at(-1) ?? 0;
  const lines = [`Model: "${graph.name}"`, "_".repeat(width), ...rowLines(header, columns), "=".repeat(width)];
  for (const row of summaryRows(graph)) {
    const connections = `[${row.inputs.map((name) => `'${name}[0][0]'`).join(", ")}]`;
    const fields = [`${row.name} (${row.className})`, row.outputShape, String(row.parameters), connections];
    lines.push(...rowLines(fields.slice(0, columns.length), columns), " ".repeat(width));
  }
  // The last layer's blank line stays: Keras prints one after each.
  const counts = parameterCounts(graph);
  lines.push(
    "=".repeat(width),
    `Total params: ${counts.total} (${memoryText(counts.total)})`,
    `Trainable params: ${counts.trainable} (${memoryText(counts.trainable)})`,
    `Non-trainable params: ${counts.nonTrainable} (${memoryText(counts.nonTrainable)})`,
    "_".repeat(width),
  );
  return `${lines.join("\n")}\n`;
}

function listedNodes(graph: ModelGraph): readonly LayerNode[] {
  return graph.kind === "Sequential" ? graph.nodes.filter((node) => node.className !== "InputLayer") : graph.nodes;
}

function shapeText(node: LayerNode, shape: Shape): string {
  const text = `(None, ${shape.join(", ")})`;
  return node.className === "InputLayer" ? `[${text}]` : text;
}

/** Breaks fields that are wider than their column over several lines, as Keras' `print_row`. */
function rowLines(fields: readonly string[], columns: readonly number[]): string[] {
  const lines: string[] = [];
  let left = [...fields];
  while (left.some((text) => text !== "")) {
    let line = "";
    left = left.map((text, column) => {
      const isLast = column === columns.length - 1;
      const end = columns[column] ?? 0;
      const start = columns[column - 1] ?? 0;
      const room = end - start - (isLast ? 0 : 3);
      const cut = cutAt(text, room);
      line += `${column === 0 ? " " : ""}${text.slice(0, cut)}${isLast ? "" : "  "}`;
      line = line.padEnd(end);
      return text.slice(cut);
    });
    lines.push(line);
  }
  return lines;
}

/** Where a field breaks: after the first closed tuple, list or string that fits, else where the room ends. */
function cutAt(text: string, room: number): number {
  const fitting = text.slice(0, room);
  const ends = ["),", "},", "],", "',"].map((mark) => fitting.indexOf(mark)).filter((place) => place >= 0);
  return ends.length > 0 ? Math.min(...ends) + 2 : room;
}

/** Size of that many float32 values, as Keras writes it. */
function memoryText(values: number): string {
  let size = values * 4;
  for (const unit of ["Byte", "KB", "MB", "GB", "TB"]) {
    if (size < 1024) return `${size.toFixed(2)} ${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(2)} PB`;
}
