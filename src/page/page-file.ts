// One file of the list on the page, from the moment it is dropped until it has a score or a reason why not.
// Plain data: what is on the screen is a function of it.
import type { ErrorCode } from "../core/error-catalogue.js";
import type { ImageWarning } from "../images/image-warning.js";
import type { ScopeCheck } from "../images/out-of-scope/check-scope.js";
import type { HeatMapBatch } from "../model/heat-map.js";

export interface PageReading {
  /** P(pneumonia) */
  readonly score: number;
  /** Of this one image; null where the model gives no heat map. */
  readonly heatMap: HeatMapBatch | null;
  /** What the DICOM header says against using the score. */
  readonly warnings: readonly ImageWarning[];
  /** Whether the image looks like a frontal chest radiograph. */
  readonly scope: ScopeCheck;
  readonly width: number;
  readonly height: number;
  readonly elapsedMs: number;
}

export interface PageFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

export type FileState =
  | { readonly kind: "waiting" }
  | { readonly kind: "reading" }
  | { readonly kind: "stopped" }
  | { readonly kind: "read"; readonly reading: PageReading }
  | { readonly kind: "failed"; readonly failure: PageFailure };

export interface PageFile<Source = unknown> {
  /** Counts up from 1 as files are added; never used twice. */
  readonly id: number;
  /** With its folders where a folder was chosen. Foreign text. */
  readonly name: string;
  /** Where the bytes come from: a File in the browser. */
  readonly source: Source;
  readonly state: FileState;
}
