// What the page and its inference worker say to each other. Plain data: everything here is cloned between threads.
import type {
  Classifier,
  EngineChoice,
  ErrorCode,
  ErrorFacts,
  ModelProgress,
  NamedImage,
  ScoredResult,
} from "../../src/browser.js";

/** Where a model comes from: an address of the page's own site, or a file that the user chose. */
export type PageModel =
  /** @param authorization the header that the site asks for */
  | { readonly kind: "address"; readonly url: string; readonly authorization: string | null }
  | { readonly kind: "file"; readonly file: File };

export type OpenedModel = Pick<Classifier, "contract" | "file" | "engine" | "threads" | "byteLength">;

export interface ImageRequest {
  readonly file: File;
  /** With its folders where a folder was chosen. */
  readonly name: string;
}

/** What can be asked of the worker, and what it answers. */
export interface WorkerCalls {
  open: { request: { readonly model: PageModel; readonly engine: EngineChoice }; reply: OpenedModel };
  score: { request: ImageRequest; reply: ScoredResult };
  decode: { request: ImageRequest; reply: NamedImage };
}

export type CallName = keyof WorkerCalls;

export type WorkerRequest = {
  [Name in CallName]: { readonly callId: number; readonly name: Name; readonly request: WorkerCalls[Name]["request"] };
}[CallName];

export type WorkerAnswer =
  | { readonly kind: "progress"; readonly progress: ModelProgress }
  | { readonly kind: "reply"; readonly callId: number; readonly reply: unknown }
  /** An AppError: a cloned one keeps its message only. */
  | { readonly kind: "failure"; readonly callId: number; readonly code: ErrorCode; readonly facts: ErrorFacts };
