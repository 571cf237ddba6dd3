// One image as a model sees it in all the ways that an audit asks about: decoded once, altered, prepared as every image is.
import { Random } from "../../core/random.js";
import type { AuditKind, AuditVariant } from "../../evaluation/audit/audited-scores.js";
import type { Corruption } from "../../images/corruptions/corruption.js";
import { type CorruptionName, corruptionNames, corruptions } from "../../images/corruptions/registry.js";
import { retaken } from "../../images/corruptions/retake.js";
import type { GrayImage } from "../../images/gray-image.js";
import { resize } from "../../images/resize.js";
import type { ModelContract } from "../../model/model-contract.js";

/** Beside the image itself. */
export const retakes = 3;

/** Every corruption of the table in every strength. */
export const auditVariants: readonly AuditVariant[] = corruptionNames.flatMap((corruption) => {
  const { title, amounts, text }: Corruption = corruptions[corruption];
  const kind = kindOf(corruption);
  return amounts.map((amount, i) => ({ corruption, title, kind, level: i + 1, amount, text: text(amount) }));
});

/** The image, its variants, its retakes, and the image again. */
export const viewsPerImage = 1 + auditVariants.length + retakes + 1;

function kindOf(name: CorruptionName): AuditKind {
  if (name.startsWith("marker")) return "marker";
  return name === "onlyFrame" ? "only-frame" : name === "onlyMiddle" ? "only-middle" : "corruption";
}

export async function altered(image: GrayImage, name: string, variant: AuditVariant, seed: number): Promise<GrayImage> {
  const { corruption, amount, level } = variant;
  const { apply }: Corruption = corruptions[corruption as CorruptionName];
  return await apply(image, amount, Random.of(seed, "audit", corruption, level, name));
}

/**
 * [views, size, size].
 * @param name of the image: what is drawn for it depends on it and on the seed alone
 */
export async function viewsOf(
  image: GrayImage,
  name: string,
  { imageSize, interpolation }: Pick<ModelContract, "imageSize" | "interpolation">,
  seed: number,
): Promise<Uint8Array> {
  const views = new Uint8Array(viewsPerImage * imageSize ** 2);
  let place = 0;
  const add = (view: GrayImage) => {
    views.set(resize(view, imageSize, imageSize, interpolation).data, place);
    place += imageSize ** 2;
  };
  add(image);
  for (const variant of auditVariants) add(await altered(image, name, variant, seed));
  for (let take = 0; take < retakes; take++) add(retaken(image, Random.of(seed, "audit", "retake", take, name)));
  add(image);
  return views;
}
