// One synthetic chest radiograph: densities are added up on a canvas of half the size (nothing in a chest is sharper),
// enlarged, and turned into grey by an exposure. Only the opacities depend on the finding.
import { Random } from "../../core/random.js";
import type { GrayImage } from "../../images/gray-image.js";
import type { Anatomy } from "./anatomy.js";
import { Canvas, type Pose, smoothNoise } from "./canvas.js";
import type { Blob } from "./findings.js";
import { addLeads, addMarker } from "./foreign-objects.js";
import { aboveAbdomenAt, bodyAt, bonesAt, lungAt, middleAt } from "./thorax.js";

export interface Exposure {
  readonly gain: number;
  readonly offset: number;
  readonly gamma: number;
  /** Standard deviation of the detector's noise, in grey levels. */
  readonly noise: number;
  /** Uneven veil over the image, as density. */
  readonly veil: number;
}

/** What differs from image to image, whoever is on it. */
export interface Shot {
  readonly width: number;
  readonly height: number;
  readonly pose: Pose;
  readonly exposure: Exposure;
  /** Depth of breath: lowers the diaphragm, in body units. */
  readonly breath: number;
  /** Density that the air in the lungs takes away. */
  readonly air: number;
}

/** `size`: width in pixels around which images vary by a tenth. */
export function drawShot(size: number, random: Random): Shot {
  const width = Math.round(size * random.uniform(0.9, 1.1));
  return {
    width,
    height: Math.round(width * random.uniform(0.7, 0.92)),
    pose: {
      shiftX: random.uniform(-0.14, 0.14),
      shiftY: random.uniform(-0.12, 0.12),
      turn: random.uniform(-0.14, 0.14),
      zoomX: random.uniform(0.9, 1.22),
      zoomY: random.uniform(0.9, 1.22),
    },
    exposure: {
      gain: random.uniform(0.92, 1.2),
      offset: random.uniform(-0.12, 0.08),
      gamma: random.uniform(0.75, 1.4),
      noise: random.uniform(2, 6),
      veil: random.uniform(0.01, 0.05),
    },
    breath: random.uniform(-0.08, 0.08),
    air: random.uniform(0.24, 0.34),
  };
}

/** Renders the image; `opacities` is empty for a normal. */
export function render(anatomy: Anatomy, opacities: readonly Blob[], shot: Shot, random: Random): GrayImage {
  const { pose, exposure, breath } = shot;
  const width = Math.ceil(shot.width / 2);
  const height = Math.ceil(shot.height / 2);
  const canvas = new Canvas(width, height, pose);
  const vessels = new Canvas(width, height, pose);
  addVessels(vessels, anatomy);
  const shadows = new Canvas(width, height, pose);
  for (const { x, y, radius, strength, stretch, angle } of opacities) {
    shadows.addBlob(x, y, radius, strength, stretch, angle);
  }
  const coarse = smoothNoise(width, height, 6, random);
  const fine = smoothNoise(width, height, 36, random);
  canvas.forEach((i, x, y) => {
    const body = bodyAt(anatomy, breath, x, y);
    let density = exposure.veil * (coarse[i] as number);
    if (body > 0) {
      const middle = middleAt(anatomy, x, y);
      // Unequal filling makes an opacity mottled; it is never denser than the tissue around the lung.
      const shadow = (shadows.data[i] as number) * (1 + 0.35 * (fine[i] as number)) + (vessels.data[i] as number);
      const air = lungAt(anatomy, breath, x, y) * (1 - 0.97 * middle) * Math.max(0.03, shot.air - shadow);
      density +=
        body +
        0.15 * middle * aboveAbdomenAt(anatomy, breath, x, y) +
        Math.min(1, 2 * body) * bonesAt(anatomy, x, y) -
        air;
    }
    canvas.data[i] = density;
  });
  addLeads(canvas, random);
  const density = enlarge(canvas, shot.width, shot.height);
  addMarker({ width: shot.width, height: shot.height, data: density }, random);
  return { width: shot.width, height: shot.height, data: expose(density, exposure, random) };
}

/** Branching vessels from both hila outwards; the same for all images of a patient. */
function addVessels(canvas: Canvas, anatomy: Anatomy): void {
  const random = Random.of(anatomy.vesselSeed, "vessels");
  for (const side of [-1, 1]) {
    const x = side * (anatomy.mediastinum + 0.05);
    for (let i = 0; i < 3; i++)
      canvas.addBlob(x + side * random.uniform(0, 0.06), random.uniform(-0.1, 0.12), 0.06, 0.035);
    for (let i = 0; i < 7; i++) {
      const start = { x, y: 0.02, angle: -1.2 + 0.42 * i + random.normal(0, 0.12) };
      addBranch(canvas, random, side, start, random.uniform(0.16, 0.26), 3);
    }
  }
}

interface BranchStart {
  readonly x: number;
  readonly y: number;
  /** Radians below the horizontal, outwards. */
  readonly angle: number;
}

function addBranch(
  canvas: Canvas,
  random: Random,
  side: number,
  start: BranchStart,
  length: number,
  order: number,
): void {
  const x = start.x + side * Math.cos(start.angle) * length;
  const y = start.y + Math.sin(start.angle) * length;
  canvas.addStroke(start.x, start.y, x, y, 0.008 + 0.003 * order, 0.02 + 0.004 * order);
  if (order === 1) return;
  for (const turn of [-0.4, 0.35]) {
    const angle = start.angle + turn + random.normal(0, 0.15);
    addBranch(canvas, random, side, { x, y, angle }, length * random.uniform(0.5, 0.8), order - 1);
  }
}

/** Bilinear, corners on corners: [h, w] -> [height, width]. */
function enlarge(canvas: Canvas, width: number, height: number): Float32Array {
  const result = new Float32Array(width * height);
  const stepX = (canvas.width - 1) / (width - 1);
  const stepY = (canvas.height - 1) / (height - 1);
  for (let y = 0; y < height; y++) {
    const row = Math.min(canvas.height - 2, Math.floor(y * stepY));
    const down = y * stepY - row;
    for (let x = 0; x < width; x++) {
      const column = Math.min(canvas.width - 2, Math.floor(x * stepX));
      const across = x * stepX - column;
      const at = row * canvas.width + column;
      const below = at + canvas.width;
      const top = (canvas.data[at] as number) * (1 - across) + (canvas.data[at + 1] as number) * across;
      const bottom = (canvas.data[below] as number) * (1 - across) + (canvas.data[below + 1] as number) * across;
      result[y * width + x] = top + down * (bottom - top);
    }
  }
  return result;
}

function expose(density: Float32Array, exposure: Exposure, random: Random): Uint8Array {
  const data = new Uint8Array(density.length);
  const curve = Float32Array.from({ length: 1025 }, (_, i) => 255 * (i / 1024) ** exposure.gamma);
  // A table of normal numbers, entered at random places: a tenth of the cost of drawing each.
  const noise = Float32Array.from({ length: 4096 }, () => random.normal(0, exposure.noise));
  let at = 0;
  for (let i = 0; i < data.length; i++) {
    if ((i & 63) === 0) at = random.uint32() & 4095;
    const light = Math.min(1, Math.max(0, exposure.gain * (density[i] as number) + exposure.offset));
    const grey = (curve[Math.round(1024 * light)] as number) + (noise[(at + (i & 63)) & 4095] as number);
    data[i] = Math.min(255, Math.max(0, Math.round(grey)));
  }
  return data;
}
