// Images brought to another size by layers of the network.
import type { CenterCropConfig, ResizingConfig } from "../model/layer-configs/image-size.js";
import { centredWindow, type Matrix, resizingMatrices } from "../model/resizing-matrix.js";
import * as ops from "../tensor/operators.js";
import { Tensor } from "../tensor/tensor.js";

/** `x` [n, c, h, w]. */
export function resize(x: Tensor, config: ResizingConfig): Tensor {
  const [, , height = 0, width = 0] = x.shape;
  const { rows, columns } = resizingMatrices(config, height, width);
  const tall = ops.matmul(onDevice(rows, x), x); // [h', h] [n, c, h, w] -> [n, c, h', w]
  return channelsLast(ops.matmul(tall, ops.t(onDevice(columns, x)))); // [n, c, h', w] [w, w'] -> [n, c, h', w']
}

/** `x` [n, c, h, w]. */
export function cropCentre(x: Tensor, config: CenterCropConfig): Tensor {
  const [, , h = 0, w = 0] = x.shape;
  const { top, left, height, width } = centredWindow(config, h, w);
  const rows = ops.sliceTensor(x, { dim: 2, start: top, end: top + height });
  return channelsLast(ops.sliceTensor(rows, { dim: 3, start: left, end: left + width }));
}

/** The same values in the memory order that convolutions take. */
export const channelsLast = (x: Tensor): Tensor => ops.contiguous(x, { memoryFormat: "channelsLast" });

function onDevice({ data, shape }: Matrix, like: Tensor): Tensor {
  return ops.toDtype(Tensor.fromArray(data, shape, like.device), like.dtype);
}
