// Every error code with one line on when it is raised. docs/errors.md documents each; a test compares the two.
export const errorCatalogue = {
  OPTION_INVALID: "a command-line option or setting has a value outside its range",
  FILE_MISSING: "a file or folder that was named does not exist",
  FILE_UNREADABLE: "a file or folder exists but cannot be read",
  FILE_UNWRITABLE: "a file or folder cannot be written (permissions, read-only or full disk)",
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
