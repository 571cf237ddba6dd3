// The study's six networks, which a GPU is measured with.
import { zoo } from "../../src/model/zoo/registry.js";

export const studyModels = zoo.filter(({ study }) => study !== null);
