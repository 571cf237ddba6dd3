// The parts that are used of the WebAssembly codecs of cornerstonejs/codecs, which come without types: the glue made by
// Emscripten (a CommonJS module that is a factory) and the decoder classes bound to it.
interface CornerstoneDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned?: boolean;
  };
  decode(): void;
  /** JPEG-LS: 0 when the components lie one after the other. */
  getInterleaveMode?(): number;
  delete(): void;
}

interface CornerstoneModule {
  readonly JpegLSDecoder?: new () => CornerstoneDecoder;
  readonly J2KDecoder?: new () => CornerstoneDecoder;
  readonly HTJ2KDecoder?: new () => CornerstoneDecoder;
  readonly JPEGDecoder?: new () => CornerstoneDecoder;
}

type CornerstoneFactory = (options: {
  instantiateWasm(imports: object, receive: (instance: object) => void): object;
  print(text: string): void;
  printErr(text: string): void;
}) => Promise<CornerstoneModule>;

declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  const factory: CornerstoneFactory;
  export = factory;
}
declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  const factory: CornerstoneFactory;
  export = factory;
}
declare module "@cornerstonejs/codec-openjph/wasmjs" {
  const factory: CornerstoneFactory;
  export = factory;
}
declare module "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs" {
  const factory: CornerstoneFactory;
  export = factory;
}
