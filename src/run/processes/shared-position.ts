// Where a training stands, known to all processes as the first one has read or made it.
import type { HostTensor } from "../../model/weights.js";
import type { Processes } from "../../tensor/process-group.js";
import type { Checkpoint } from "../../training/checkpoint.js";
import { type Told, toldByFirst } from "../../training/data-parallel/shared-values.js";
import { byFirst } from "./join.js";

/** A checkpoint, or the beginning of a stage, which has no optimizer yet. */
export type Position = Pick<Checkpoint, "weights" | "contract" | "state"> &
  Partial<Pick<Checkpoint, "optimizer" | "average">>;

/**
 * What `find` gives in process 0.
 * @param point as of `meet`
 * @throws AppError as `find`, in every process
 */
export async function positionOfFirst(
  processes: Processes,
  point: string,
  find: () => Promise<Position>,
): Promise<Position> {
  let own: Position | null = null;
  await byFirst(processes, point, async () => {
    own = await find();
    return null;
  });
  return own !== null && processes.size === 1 ? own : positionTold(await toldByFirst(processes, own && toldOf(own)));
}

type Facts = Pick<Position, "contract" | "state"> & {
  readonly weights: readonly (readonly [layer: string, name: string, shape: readonly number[]])[];
  readonly optimizer: { readonly step: number; readonly shapes: readonly (readonly number[])[] } | null;
  readonly average: { readonly updates: number; readonly shapes: readonly (readonly number[])[] } | null;
};

function toldOf({ contract, state, weights, optimizer, average }: Position): Told {
  const named = [...weights].flatMap(([layer, ofLayer]) =>
    [...ofLayer].map(([name, tensor]) => ({ layer, name, tensor })),
  );
  const shapes = (tensors: readonly HostTensor[]) => tensors.map(({ shape }) => shape);
  const facts: Facts = {
    contract,
    state,
    weights: named.map(({ layer, name, tensor }) => [layer, name, tensor.shape]),
    optimizer: optimizer === undefined ? null : { step: optimizer.step, shapes: shapes(optimizer.first) },
    average: average == null ? null : { updates: average.updates, shapes: shapes(average.averages) },
  };
  const tensors = [
    ...named.map(({ tensor }) => tensor),
    ...(optimizer === undefined ? [] : [...optimizer.first, ...optimizer.second]),
    ...(average?.averages ?? []),
  ];
  return { facts, arrays: tensors.map(({ data }) => data) };
}

function positionTold({ facts, arrays }: Told): Position {
  const { contract, state, weights: named, optimizer, average } = facts as Facts;
  const next = arrays.values();
  const tensor = (shape: readonly number[]): HostTensor => ({ shape, data: next.next().value as Float32Array });
  const weights = new Map<string, Map<string, HostTensor>>();
  for (const [layer, name, shape] of named) {
    const ofLayer = weights.get(layer) ?? new Map<string, HostTensor>();
    ofLayer.set(name, tensor(shape));
    weights.set(layer, ofLayer);
  }
  return {
    contract,
    state,
    weights,
    ...(optimizer !== null && {
      optimizer: { step: optimizer.step, first: optimizer.shapes.map(tensor), second: optimizer.shapes.map(tensor) },
    }),
    average: average === null ? null : { updates: average.updates, averages: average.shapes.map(tensor) },
  };
}
