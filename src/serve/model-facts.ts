// What the API says of the served model, worked out once.
import type { MeasuredOperation } from "../model/measured-operation.js";
import { type ModelContract, operatingPoint } from "../model/model-contract.js";
import type { ServedModel } from "./served-model.js";

/** What `GET /v1/model` says of a model. */
export interface ModelFacts {
  readonly imageSize: number;
  readonly contract: ModelContract;
  readonly hasContract: boolean;
  readonly summary: {
    /** The registry's name and the beginning of the file's checksum: two trainings have two ids. */
    readonly id: string;
    readonly name: string;
    readonly title: string;
  };
  readonly threshold: ModelContract["threshold"] & {
    /** What the threshold amounts to, on the patients it was recalibrated on, else on the test images, else on the validation images. */
    readonly measured: MeasuredOperation | null;
  };
  /** Stands beside every score. */
  readonly intendedUse: string;
}

/** @param sha256 of the model's file, hexadecimal */
export function modelFacts({ contract, hasContract }: ServedModel, sha256: string): ModelFacts {
  const { model, title, threshold, imageSize } = contract;
  return {
    imageSize,
    contract,
    hasContract,
    summary: { id: `${model}-${sha256.slice(0, 12)}`, name: model, title },
    threshold: { ...threshold, measured: operatingPoint(contract) ?? null },
    intendedUse: contract.intendedUse,
  };
}
