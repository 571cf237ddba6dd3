// The name under which a client sent an image, made safe to show and to repeat. It goes back to the client and nowhere
// else: file names may tell of a person, so they are never logged.

const longest = 200;

/** The last part of a path, without control and direction-changing characters; `image-<number>` when nothing is left. */
export function uploadName(given: string | undefined, number: number): string {
  const base = (given ?? "").split(/[\\/]/).at(-1) ?? "";
  const clean = Buffer.from(base) // half characters become a replacement character
    .toString()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, "")
    .trim();
  const short = [...clean].slice(0, longest).join("");
  return /^\.*$/.test(short) ? `image-${number}` : short;
}
