// What is said while a folder's lock is waited for.
export const heldElsewhere =
  "Held by a process that cannot be seen from here: waiting for its next sign of life, a minute at most";
