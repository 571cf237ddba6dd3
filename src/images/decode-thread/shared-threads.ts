// The decode threads that the whole process shares: none runs before the first file needs one.
import { DecodeThreads } from "./pool.js";

let threads: DecodeThreads | undefined;

export function sharedThreads(): DecodeThreads {
  threads ??= new DecodeThreads();
  return threads;
}
