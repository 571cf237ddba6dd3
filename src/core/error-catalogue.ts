// Every error code with one line on when it is raised. docs/errors.md documents each; a test compares the two.
export const errorCatalogue = {
  OPTION_INVALID: "a command-line option or setting has a value outside its range",
  FILE_MISSING: "a file or folder that was named does not exist",
  FILE_UNREADABLE: "a file or folder exists but cannot be read",
  FILE_UNWRITABLE: "a file or folder cannot be written (permissions, read-only or full disk)",
  MODEL_INVALID: "a model's definition breaks a rule (names, order, shapes that do not fit)",
  MODEL_UNKNOWN: "a model name is not in the registry",
  MODEL_FILE_INVALID: "a model file is not what it claims to be: not HDF5, cut short, damaged, or unsafe to read",
  MODEL_LAYER_UNSUPPORTED: "a model file holds a layer or a setting of one that this product does not have",
  WEIGHTS_MISMATCH: "a file's weights are not those of the model: some are missing, extra, or of another shape",
  ENGINE_MISSING: "the training engine (addon or libtorch) is not built or cannot be loaded",
  ENGINE_OPERATOR: "libtorch refused an operator call",
  RUN_FOLDER_TAKEN: "a new run was pointed at a folder that already holds something",
  RUN_FOLDER_LOCKED: "another training uses the run folder",
  RUN_FILE_INVALID: "a file of a run folder is not what it should be, or a value does not fit into it",
  EVALUATION_INPUT:
    "predictions that cannot be evaluated: none, out of range, or two lists that do not belong together",
  PREDICTIONS_INVALID: "a predictions.csv with wrong columns or values",
  THRESHOLD_UNDEFINED: "a threshold policy needs both classes and the validation part has one",
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
