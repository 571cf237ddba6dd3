// What the page knows and does: the open model, the files, the one that is scored now. Components show its state and call
// its actions; it knows no component.
import { AppError, type EngineChoice, type ModelProgress, type NamedImage } from "../../src/browser.js";
import { messageOf } from "../../src/core/errors.js";
import {
  addFiles,
  countFiles,
  emptyFileList,
  type FileList,
  type NewFile,
  nextWaiting,
  selectFile,
  setFileState,
  stopWaiting,
  waitAgain,
} from "../../src/page/file-list.js";
import type { OpenedModel, PageModel } from "../worker/messages.js";
import { InferenceClient } from "./inference-client.js";

export type ModelState =
  | { readonly kind: "none" }
  | { readonly kind: "opening"; readonly progress: ModelProgress | null }
  | { readonly kind: "open"; readonly model: OpenedModel }
  | { readonly kind: "failed"; readonly error: AppError };

/** The image in the viewer. */
export type ShownImage =
  | { readonly kind: "none" }
  | { readonly kind: "decoding"; readonly id: number }
  | { readonly kind: "shown"; readonly id: number; readonly decoded: NamedImage }
  | { readonly kind: "failed"; readonly id: number };

export interface SessionState {
  readonly model: ModelState;
  readonly list: FileList<File>;
  readonly shown: ShownImage;
}

export class PageSession {
  #state: SessionState = { model: { kind: "none" }, list: emptyFileList, shown: { kind: "none" } };
  readonly #listeners = new Set<() => void>();
  readonly #engine: EngineChoice;
  readonly #worker: InferenceClient;
  #source: PageModel | undefined;
  #isScoring = false;

  constructor(engine: EngineChoice) {
    this.#engine = engine;
    this.#worker = new InferenceClient({
      onProgress: (progress) => this.#set({ model: { kind: "opening", progress } }),
      onLost: () => this.#reopen(),
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Returns how to stop listening. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens a model; files that have a score are scored again with it. A failed one leaves no model open. */
  async openModel(source: PageModel): Promise<void> {
    this.#source = source;
    this.#set({ model: { kind: "opening", progress: null } });
    try {
      const model = await this.#worker.call("open", { model: source, engine: this.#engine });
      if (this.#source !== source) return;
      this.#set({ model: { kind: "open", model }, list: waitAgain(this.#state.list, "all") });
      void this.#scoreWaiting();
    } catch (thrown) {
      if (this.#source === source) this.#set({ model: { kind: "failed", error: errorOf(thrown) } });
    }
  }

  add(files: readonly NewFile<File>[]): void {
    if (files.length === 0) return;
    this.#set({ list: addFiles(this.#state.list, files) });
    void this.#showSelected();
    void this.#scoreWaiting();
  }

  select(id: number): void {
    this.#set({ list: selectFile(this.#state.list, id) });
    void this.#showSelected();
  }

  stop(): void {
    this.#set({ list: stopWaiting(this.#state.list) });
  }

  resume(): void {
    this.#set({ list: waitAgain(this.#state.list, "stopped") });
    void this.#scoreWaiting();
  }

  clear(): void {
    this.#set({ list: { ...emptyFileList, nextId: this.#state.list.nextId }, shown: { kind: "none" } });
  }

  async #scoreWaiting(): Promise<void> {
    if (this.#isScoring) return;
    this.#isScoring = true;
    try {
      for (let file = this.#nextFile(); file !== undefined; file = this.#nextFile()) {
        const { id, name, source } = file;
        this.#set({ list: setFileState(this.#state.list, id, { kind: "scoring" }) });
        try {
          const result = await this.#worker.call("score", { file: source, name });
          this.#set({ list: setFileState(this.#state.list, id, result) });
        } catch (thrown) {
          const failed = { kind: "failed", name, error: errorOf(thrown) } as const;
          this.#set({ list: setFileState(this.#state.list, id, failed) });
        }
      }
    } finally {
      this.#isScoring = false;
    }
  }

  #nextFile() {
    return this.#state.model.kind === "open" ? nextWaiting(this.#state.list) : undefined;
  }

  async #showSelected(): Promise<void> {
    const id = this.#state.list.selectedId;
    const file = this.#state.list.files.find((candidate) => candidate.id === id);
    if (file === undefined || id === null) return;
    const { shown } = this.#state;
    if (shown.kind !== "none" && shown.id === id && shown.kind !== "failed") return;
    this.#set({ shown: { kind: "decoding", id } });
    const isStillWanted = () => this.#state.list.selectedId === id;
    try {
      const decoded = await this.#worker.call("decode", { file: file.source, name: file.name });
      if (isStillWanted()) this.#set({ shown: { kind: "shown", id, decoded } });
    } catch {
      if (isStillWanted()) this.#set({ shown: { kind: "failed", id } });
    }
  }

  /** The worker is gone: the file that it died on has failed, the others go on with a new one. */
  #reopen(): void {
    const wasOpen = this.#state.model.kind === "open";
    if (wasOpen && this.#source !== undefined) void this.#openKeepingScores(this.#source);
  }

  async #openKeepingScores(source: PageModel): Promise<void> {
    this.#set({ model: { kind: "opening", progress: null } });
    try {
      const model = await this.#worker.call("open", { model: source, engine: this.#engine });
      this.#set({ model: { kind: "open", model } });
      void this.#scoreWaiting();
    } catch (thrown) {
      this.#set({ model: { kind: "failed", error: errorOf(thrown) } });
    }
  }

  #set(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** How many files there are of each kind. */
export const sessionCounts = (state: SessionState) => countFiles(state.list);

const errorOf = (thrown: unknown): AppError =>
  thrown instanceof AppError
    ? thrown
    : new AppError("PAGE_FAULT", { place: "the page", rule: messageOf(thrown) }, { cause: thrown });
