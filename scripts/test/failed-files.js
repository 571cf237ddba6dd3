// A reporter for Node's test runner: the files whose tests failed, a line for each failure.
/**
 * @param {AsyncIterable<{ type: string, data: { file?: string, name: string } }>} events
 * @returns {AsyncGenerator<string>}
 */
async function* failedFiles(events) {
  // A file that ended with an error of its own is a failure of that name.
  for await (const { type, data } of events) if (type === "test:fail") yield `${data.file ?? data.name}\n`;
}

// biome-ignore lint/style/noDefaultExport: Node takes a reporter by its default export.
export { failedFiles as default };
