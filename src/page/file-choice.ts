// Which files of a dropped or chosen folder are offered to the readers: systems leave their own files between images.
// Files that were named one by one are always offered; what they are, their bytes say.

/** Whether a file found inside a folder is worth opening; `path` with forward slashes. */
export function isOffered(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) as string;
  if (parts.some((part) => part.startsWith(".") || part === "__MACOSX")) return false;
  return (
    !/^(thumbs\.db|desktop\.ini|dicomdir)$/i.test(name) && !/\.(csv|json|txt|pdf|zip|html?|xml|xlsx?)$/i.test(name)
  );
}
