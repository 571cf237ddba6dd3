// Hands text to the user as a file.

export function downloadText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Firefox starts the download after the click's task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
