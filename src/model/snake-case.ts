// Keras' automatic names, of layers and of the groups in which Keras 3's files keep their weights, begin so.

/** `to_snake_case` of keras/src/utils/naming.py: "GlobalAveragePooling2D" -> "global_average_pooling2d". */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
