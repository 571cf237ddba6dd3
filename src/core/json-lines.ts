// JSON that people can read and diff although it is long: flat objects and lists of numbers on one line each.

/** Ends with a line break. Numbers that are not finite become null. */
export const jsonByLines = (value: unknown): string => `${layOut(value, "")}\n`;

function layOut(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const isFlat = entries.every(([, inner]) => typeof inner !== "object" || inner === null);
  if (entries.length === 0 || (isFlat && indent !== "")) return oneLine(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const lines = entries.map(
    ([key, item]) => `${inner}${isList ? "" : `${JSON.stringify(key)}: `}${layOut(item, inner)}`,
  );
  return `${isList ? "[" : "{"}\n${lines.join(",\n")}\n${indent}${isList ? "]" : "}"}`;
}

function oneLine(value: object): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(", ")}]`;
  const cells = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`);
  return cells.length === 0 ? "{}" : `{ ${cells.join(", ")} }`;
}
