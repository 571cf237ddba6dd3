// What Keras 2 and Keras 3 mean differently by one name.
import type { ModelGraph } from "../../model/model-graph.js";

/** Whether the model holds what Keras 2 would compute otherwise: hard_sigmoid. */
export const isOfKeras3Alone = ({ nodes }: ModelGraph): boolean =>
  nodes.some(({ config }) => "activation" in config && config.activation === "hard_sigmoid");
