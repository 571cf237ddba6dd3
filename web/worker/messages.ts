// What the page and its reading worker say to each other. Plain data: everything here is cloned between threads.
import type { ErrorCode } from "../../src/core/error-catalogue.js";
import type { ErrorFacts } from "../../src/core/errors.js";
import type { GrayImage } from "../../src/images/gray-image.js";
import type { ImageWarning } from "../../src/images/image-warning.js";
import type { ModelContract } from "../../src/model/model-contract.js";
import type { PageReading } from "../../src/page/page-file.js";

/** Where a model comes from: an address of the page's own site, or a file that the user chose. */
export type ModelSource =
  | { readonly kind: "address"; readonly url: string }
  | { readonly kind: "file"; readonly file: File };

/** "automatic": WebGPU where there is a graphics processor and its scores agree with WebAssembly's. */
export type EngineChoice = "automatic" | "wasm" | "webgpu";

export interface OpenedModel {
  readonly name: string;
  readonly contract: ModelContract;
  readonly engine: "WebAssembly" | "WebGPU";
  /** Threads of WebAssembly; 1 where the page is not cross-origin isolated. */
  readonly threads: number;
  readonly byteLength: number;
}

export interface DecodedImage {
  readonly image: GrayImage;
  readonly warnings: readonly ImageWarning[];
}

/** What can be asked of the worker, and what it answers. */
export interface WorkerCalls {
  open: { request: { readonly source: ModelSource; readonly engine: EngineChoice }; reply: OpenedModel };
  read: { request: { readonly file: File; readonly name: string }; reply: PageReading };
  decode: { request: { readonly file: File; readonly name: string }; reply: DecodedImage };
}

export type CallName = keyof WorkerCalls;

export type WorkerRequest = {
  [Name in CallName]: { readonly callId: number; readonly name: Name; readonly request: WorkerCalls[Name]["request"] };
}[CallName];

export interface ModelProgress {
  readonly receivedBytes: number;
  /** null where the server does not say. */
  readonly totalBytes: number | null;
}

/** An error of ours as it travels: a cloned one keeps its message only. */
export interface WorkerFailure {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
}

export type WorkerAnswer =
  | { readonly kind: "progress"; readonly progress: ModelProgress }
  | { readonly kind: "reply"; readonly callId: number; readonly reply: unknown }
  | { readonly kind: "failure"; readonly callId: number; readonly failure: WorkerFailure };
