// Element types and memory layouts by name, and the numbers by which libtorch's schemas take them.

export type DType = "uint8" | "int32" | "int64" | "bfloat16" | "float32" | "float64" | "bool";
export type MemoryFormat = "contiguous" | "channelsLast";

/** c10::ScalarType: its number in schemas and its own name. */
const scalarTypes: Readonly<Record<DType, readonly [number: number, name: string]>> = {
  uint8: [0, "Byte"],
  int32: [3, "Int"],
  int64: [4, "Long"],
  float32: [6, "Float"],
  float64: [7, "Double"],
  bool: [11, "Bool"],
  bfloat16: [15, "BFloat16"],
};

const memoryFormats: Readonly<Record<MemoryFormat, number>> = { contiguous: 0, channelsLast: 2 };

const dtypes = new Map(Object.entries(scalarTypes).map(([dtype, [, name]]) => [name, dtype as DType]));

/** The dtype that libtorch names so ("Float"); undefined for one that has no name here. */
export const dtypeNamed = (name: string): DType | undefined => dtypes.get(name);

type Absent = null | undefined;

/** A dtype as operators take it. */
export function scalarType<A extends DType | Absent>(dtype: A): number | Extract<A, Absent>;
export function scalarType(dtype: DType | Absent): number | Absent {
  return dtype == null ? dtype : scalarTypes[dtype][0];
}

/** A memory layout as operators take it. */
export function memoryFormat<A extends MemoryFormat | Absent>(format: A): number | Extract<A, Absent>;
export function memoryFormat(format: MemoryFormat | Absent): number | Absent {
  return format == null ? format : memoryFormats[format];
}
