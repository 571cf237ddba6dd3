// Every error code with one line on when it is raised. docs/errors.md documents each; a test compares the two.
export const errorCatalogue = {
  OPTION_INVALID: "a command-line option or setting has a value outside its range",
  FILE_MISSING: "a file or folder that was named does not exist",
  FILE_UNREADABLE: "a file or folder exists but cannot be read",
  FILE_UNWRITABLE: "a file or folder cannot be written (permissions, read-only or full disk)",
  IMAGE_UNREADABLE: "a file is not a JPEG or PNG image, or is a damaged one",
  IMAGE_TRUNCATED: "an image file is cut short",
  IMAGE_TOO_LARGE: "an image has more pixels or bytes than allowed; found before it is decoded",
  IMAGE_TOO_SMALL: "an image is only one pixel wide or high",
  DATASET_EMPTY: "a dataset folder holds nothing, or no image",
  DATASET_LAYOUT: "a dataset folder is not arranged as train, val, test with a folder per class, or lacks a part",
  DATASET_ONE_CLASS: "a dataset or its training part has images of one class only",
  DATASET_FOLDER_TAKEN: "a synthetic dataset was to be written to a folder that already holds something else",
  DATASET_FEW_PATIENTS: "a class has too few patients to train on some and validate on others",
  DATASET_PROBLEMS: "data check found something that makes results untrustworthy",
  DOWNLOAD_FAILED:
    "a download broke off or was refused: no network, a server's answer, silence, too many redirects or bytes",
  MACHINE_NOT_READY: "doctor found something missing that the product needs",
  MODEL_INVALID: "a model's definition breaks a rule (names, order, shapes that do not fit)",
  MODEL_UNKNOWN: "a model name is not in the registry",
  MODEL_FILE_INVALID:
    "a model file is not what it claims to be: not HDF5 or ONNX, cut short, damaged, or unsafe to read",
  MODEL_LAYER_UNSUPPORTED: "a model file holds a layer or a setting of one that this product does not have",
  WEIGHTS_MISMATCH: "a file's weights are not those of the model: some are missing, extra, or of another shape",
  WEIGHTS_DAMAGED: "a downloaded weights file is not the one that was published or that was fetched first",
  WEIGHTS_NOT_FETCHED: "a model's pretrained weights are wanted but have not been downloaded",
  ENGINE_MISSING:
    "an engine is not built or cannot be loaded: addon and libtorch for training, ONNX Runtime for using a model",
  ENGINE_OPERATOR: "libtorch refused an operator call",
  NO_IMAGES_FOUND: "a folder or pattern that was named holds no image file",
  NO_HEAT_MAP: "heat maps are wanted of a model that gives none",
  NO_IMAGE_SCORED: "none of the images that were named could be scored",
  RUN_FOLDER_TAKEN: "a new run was pointed at a folder that already holds something",
  RUN_FOLDER_LOCKED: "another training uses the run folder",
  RUN_FILE_INVALID: "a file of a run folder is not what it should be, or a value does not fit into it",
  EVALUATION_INPUT:
    "predictions that cannot be evaluated: none, out of range, or two lists that do not belong together",
  PREDICTIONS_INVALID: "a predictions.csv with wrong columns or values",
  THRESHOLD_UNDEFINED: "a threshold policy needs both classes and the validation part has one",
  TRAINING_DIVERGED: "the training loss is no longer a finite number",
  TRAINING_INTERRUPTED: "a training was stopped by the user before its last epoch",
  CHECKPOINT_INVALID: "a file that should continue a training holds no training state",
  DATASET_CHANGED: "a resumed run or a comparison finds other images than its runs saw",
  RUN_SETTINGS_CHANGED: "a comparison finds a run of its own that was made with other settings",
  COMPARISON_INCOMPLETE: "some trainings of a comparison failed",
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
