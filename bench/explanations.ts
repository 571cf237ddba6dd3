// What heat maps of trained models are worth, by both methods, as rows of bench/results/explanations.csv:
//
//   node dist/bench/explanations.js --data chest_xray runs/seed-1 runs/seed-2 …
//
// Of each run: images of the test without heat for the class called; the randomisation check and insertion and deletion on the first 16
// images of each class. Of all runs together, which should be of one recipe: how far their maps agree.
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { loadImages } from "../src/dataset/load-images.js";
import { openDataset } from "../src/dataset/open-dataset.js";
import { formatEstimate } from "../src/evaluation/estimate.js";
import { checkMaps } from "../src/inference/check-maps.js";
import { openClassifier } from "../src/inference/classifier.js";
import { compareSeeds } from "../src/inference/compare-seeds.js";
import { type MappedImage, measureCurves } from "../src/inference/measure-curves.js";
import { readTrainedModel } from "../src/inference/read-trained-model.js";
import { type HeatMapMethod, heatMapAt, heatMapMethods } from "../src/model/heat-map.js";
import { appendResults, type Row } from "./results-file.js";

const batchSize = 16;
const perClass = 16;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { data: { type: "string" } } });

async function rowOf(place: string, heatMapMethod: HeatMapMethod): Promise<Row> {
  await using classifier = await openClassifier(place, { heatMapMethod });
  const { imageSize, interpolation, threshold, title } = classifier.contract;
  const { samples } = await openDataset(values.data ?? "chest_xray", { classFoldersAs: "test" });
  const tested = samples.filter(({ split }) => split === "test");
  const { pixels, loaded } = await loadImages(tested, { size: imageSize, interpolation });
  const bytes = imageSize ** 2;
  const imageAt = (i: number) => pixels.subarray(i * bytes, (i + 1) * bytes);
  const mapped: MappedImage[] = [];
  for (let from = 0; from < loaded.length; from += batchSize) {
    const n = Math.min(batchSize, loaded.length - from);
    const { scores, heatMaps } = await classifier.run(pixels.subarray(from * bytes, (from + n) * bytes));
    if (heatMaps === null) throw new Error(`${place}: gives no heat maps`);
    for (let i = 0; i < n; i++) {
      const label = (scores[i] as number) >= threshold.value ? 1 : 0;
      const map = heatMapAt(heatMaps, i, label);
      mapped.push({ pixels: imageAt(from + i), map: map.data.some((heat) => heat > 0) ? map : null, label });
    }
  }
  const chosen = [0, 1].flatMap((label) =>
    [...loaded.keys()].filter((i) => loaded[i]?.label === label).slice(0, perClass),
  );
  const images = new Uint8Array(Buffer.concat(chosen.map(imageAt)));
  const { heatMaps } = await classifier.run(images);
  if (heatMaps === null) throw new Error(`${place}: gives no heat maps`);
  const { allLayers, lastLayers } = await checkMaps(await readTrainedModel(place), images, heatMaps, { heatMapMethod });
  const curves = await measureCurves(
    classifier,
    chosen.map((i) => mapped[i] as MappedImage),
  );
  const text = (value: number | null | undefined) => value?.toFixed(3) ?? "";
  const drawn = (name: string, { agreement, draws, chance }: typeof allLayers): Row => ({
    [`rho_${name}`]: text(agreement),
    [`rho_${name}_draws`]: draws.map(text).join(" "),
    [`rho_${name}_chance`]: text(chance?.mean),
    [`rho_${name}_chance_high`]: text(chance?.high),
  });
  return {
    run: basename(place),
    title,
    method: heatMapMethod,
    images: mapped.length,
    without_heat: mapped.filter(({ map }) => map === null).length,
    ...drawn("all", allLayers),
    ...drawn("last", lastLayers),
    curve_images: curves?.images ?? 0,
    ...Object.fromEntries(
      (["deletion", "insertion"] as const).flatMap((name) => [
        [`${name}_area`, curves === null ? "" : formatEstimate(curves[name].area)],
        [`${name}_unrelated`, curves === null ? "" : formatEstimate(curves[name].unrelatedArea)],
        [`${name}_gain`, curves === null ? "" : formatEstimate(curves[name].gain)],
      ]),
    ),
    ...(await agreement(place, images, heatMapMethod)),
  };
}

/** With the runs that stand behind it in the list. */
async function agreement(place: string, images: Uint8Array, heatMapMethod: HeatMapMethod): Promise<Row> {
  const others = positionals.slice(positionals.indexOf(place) + 1);
  if (others.length === 0) return { runs_beside: 0, rho_runs: "", rho_runs_chance_high: "" };
  await using classifier = await openClassifier(place, { heatMapMethod });
  const { pairs, chance } = await compareSeeds(classifier, images, others, {});
  const own = pairs.slice(0, others.length).map((pair) => pair.agreement?.toFixed(3) ?? "");
  return { runs_beside: others.length, rho_runs: own.join(" "), rho_runs_chance_high: chance?.high.toFixed(3) ?? "" };
}

const rows: Row[] = [];
for (const place of positionals) for (const method of heatMapMethods) rows.push(await rowOf(place, method));
console.table(rows);
console.log(`appended to ${await appendResults("explanations", rows)}`);
