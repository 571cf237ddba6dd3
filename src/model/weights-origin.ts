// Which weights a model started from, in words and checksums: recorded in every run and shown beside its scores.

export interface WeightsOrigin {
  /** For people: "random", "ImageNet, mobilenet_1_0_224_tf_no_top.h5", "/data/mine.h5". */
  readonly title: string;
  /** Of the file's bytes; null where there was no file. */
  readonly sha256: string | null;
  /** Layers of the backbone that started at random although weights were loaded. The head always does. */
  readonly fresh: readonly string[];
}

/** Every weight drawn from the seed. */
export const randomWeights: WeightsOrigin = { title: "random", sha256: null, fresh: [] };

/** "ImageNet, mobilenet.h5; random: conv_pw_13". */
export function weightsText({ title, fresh }: WeightsOrigin): string {
  return fresh.length === 0 ? title : `${title}; random: ${fresh.join(", ")}`;
}

/** Whether a value read from a file is one. */
export function isWeightsOrigin(value: unknown): value is WeightsOrigin {
  const { title, sha256, fresh } = (value ?? {}) as Partial<WeightsOrigin>;
  return typeof title === "string" && (sha256 === null || typeof sha256 === "string") && Array.isArray(fresh);
}
