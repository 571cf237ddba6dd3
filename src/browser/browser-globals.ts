// The few globals of browsers that are used here and that the types for Node.js leave out.

export const browser = globalThis as unknown as {
  readonly navigator: {
    readonly onLine: boolean;
    readonly hardwareConcurrency: number;
    readonly gpu?: {
      requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
    };
  };
  /** Of the page or worker. */
  readonly location?: { readonly href: string };
  readonly crossOriginIsolated?: boolean;
};
