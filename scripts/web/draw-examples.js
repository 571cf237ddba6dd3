// Draws the page's example images: synthetic phantoms from src/dataset/phantom, with fixed seeds. Never patients.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Width in pixels around which they vary by a tenth. */
const size = 440;
/** Most phantoms are in scope; should the guard ever refuse them all, the page is still built. */
const maxAttempts = 50;

const examples = /** @type {const} */ ([
  ["phantom-normal-1.png", "normal"],
  ["phantom-normal-2.png", "normal"],
  ["phantom-opacity-1.png", "bacteria"],
  ["phantom-opacity-2.png", "virus"],
]);

/**
 * @param {string} root the project's folder, with its sources compiled
 * @param {string} folder which exists
 */
export async function drawExamples(root, folder) {
  const compiled = (/** @type {string} */ path) => import(pathToFileURL(join(root, "dist", "src", path)).href);
  const { Random } = await compiled("core/random.js");
  const { encodePng } = await compiled("images/encode.js");
  const { drawAnatomy } = await compiled("dataset/phantom/anatomy.js");
  const { drawOpacities } = await compiled("dataset/phantom/findings.js");
  const { drawShot, render } = await compiled("dataset/phantom/render.js");
  const { checkScope } = await compiled("images/out-of-scope/check-scope.js");
  for (const [name, finding] of examples) {
    // Phantoms vary in pose and exposure; one that the page would call out of scope is no good example.
    for (let attempt = 1; ; attempt++) {
      const random = Random.of("page example", name, attempt);
      const anatomy = drawAnatomy(random);
      const opacities = drawOpacities(finding, anatomy, random);
      const image = render(anatomy, opacities, drawShot(size, random), random);
      if (!checkScope(image).inScope && attempt < maxAttempts) continue;
      await writeFile(join(folder, name), await encodePng(image));
      break;
    }
  }
}
