// One synthetic chest radiograph: densities of body, bones, heart and vessels are added up, air in the lungs is taken
// away, then an exposure turns density into grey. Everything but the opacities is drawn without regard to the finding.
import { Random } from "../../core/random.js";
import type { GrayImage } from "../../images/gray-image.js";
import type { Anatomy } from "./anatomy.js";
import { Canvas, type Pose, smoothNoise } from "./canvas.js";
import type { Blob } from "./findings.js";
import { addLeads, addMarker } from "./foreign-objects.js";

export interface Exposure {
  readonly gain: number;
  readonly offset: number;
  readonly gamma: number;
  /** Standard deviation of the detector's noise, in grey levels. */
  readonly noise: number;
  /** Uneven veil over the image, as density. */
  readonly veil: number;
}

/** 0 below `low`, 1 above `high`, smooth between. */
function ramp(value: number, low: number, high: number): number {
  const t = (value - low) / (high - low);
  if (t <= 0) return 0;
  return t >= 1 ? 1 : t * t * (3 - 2 * t);
}

export interface Shot {
  readonly width: number;
  readonly height: number;
  readonly pose: Pose;
  readonly exposure: Exposure;
  /** Depth of breath: moves the diaphragm, in body units. */
  readonly breath: number;
}

/** What differs from image to image, whoever is on it. `longSide` in pixels; sizes vary by about a tenth around it. */
export function drawShot(longSide: number, random: Random): Shot {
  const width = Math.round(longSide * random.uniform(0.9, 1.1));
  return {
    width,
    height: Math.round(width * random.uniform(0.7, 0.92)),
    pose: {
      shiftX: random.uniform(-0.1, 0.1),
      shiftY: random.uniform(-0.1, 0.1),
      turn: random.uniform(-0.12, 0.12),
      zoomX: random.uniform(0.85, 1.1),
      zoomY: random.uniform(0.88, 1.14),
    },
    exposure: {
      gain: random.uniform(0.85, 1.2),
      offset: random.uniform(-0.07, 0.08),
      gamma: random.uniform(0.75, 1.35),
      noise: random.uniform(2, 6),
      veil: random.uniform(0.01, 0.05),
    },
    breath: random.uniform(-0.08, 0.08),
  };
}

/** Renders the image; `opacities` is empty for a normal. */
export function render(anatomy: Anatomy, opacities: readonly Blob[], shot: Shot, random: Random): GrayImage {
  const { width, height, pose, exposure } = shot;
  const canvas = new Canvas(width, height, pose);
  const inLung = new Canvas(width, height, pose);
  addVessels(inLung, anatomy);
  const shadows = new Canvas(width, height, pose);
  for (const { x, y, radius, strength, stretch, angle } of opacities) {
    shadows.addBlob(x, y, radius, strength, stretch, angle);
  }
  const coarse = smoothNoise(width, height, 6, random);
  const fine = smoothNoise(width, height, 40, random);
  canvas.forEach((i, x, y) => {
    const lung = lungAt(anatomy, shot.breath, x, y);
    // Air bronchograms and unequal filling: an opacity is mottled, and cannot be denser than soft tissue.
    const mottled = (shadows.data[i] as number) * (1 + 0.35 * (fine[i] as number));
    const air = Math.max(0.04, 0.36 - mottled - (inLung.data[i] as number));
    canvas.data[i] = tissueAt(anatomy, shot.breath, x, y, lung) - lung * air + exposure.veil * (coarse[i] as number);
  });
  addLeads(canvas, random);
  addMarker(canvas, random);
  return expose(canvas, exposure, random);
}

/** 1 inside a lung, 0 outside. */
function lungAt(anatomy: Anatomy, breath: number, x: number, y: number): number {
  const side = x < 0 ? 0 : 1;
  const far = Math.abs(x);
  const dome = anatomy.diaphragm[side] + breath;
  const t = (y - anatomy.apex) / (dome + anatomy.domeDepth - anatomy.apex);
  if (t <= 0 || t >= 1.1) return 0;
  const lateral = 0.2 + (anatomy.lungWidth - 0.2) * Math.sqrt(1 - (1 - Math.min(1, t)) ** 2.4);
  const medial = 0.1 + 0.05 * (1 - t);
  const fromDome = (far - 0.34) / 0.4;
  const bottom = dome + anatomy.domeDepth * Math.min(1.2, fromDome * fromDome);
  const top = anatomy.apex + 0.55 * Math.max(0, Math.abs(far - 0.34) - 0.02) ** 1.3;
  return (
    ramp(far, medial - 0.02, medial + 0.03) *
    ramp(-far, -lateral, -lateral + 0.05) *
    ramp(-y, -bottom - 0.01, -bottom + 0.025) *
    ramp(y, top, top + 0.06)
  );
}

/** Density of everything that is no air. */
function tissueAt(anatomy: Anatomy, breath: number, x: number, y: number, lung: number): number {
  const far = Math.abs(x);
  const outline = y < -0.55 ? anatomy.shoulder + 0.35 * (y + 0.55) * (far > 0.3 ? 1 : 0) : anatomy.torso;
  const shoulderLine = -0.95 + 0.35 * Math.max(0, far - 0.2) ** 1.2;
  const body = ramp(-far, -outline - 0.06, -outline + 0.1) * ramp(y, shoulderLine, shoulderLine + 0.16);
  if (body === 0) return 0;
  let density = 0.5 + 0.06 * (1 - far);
  density += 0.24 * middleAt(anatomy, x, y, lung);
  const below = ramp(y, anatomy.diaphragm[x < 0 ? 0 : 1] + breath - 0.02, anatomy.diaphragm[1] + breath + 0.14);
  density += below * (1 - lung) * (x < 0 ? 0.12 : 0.08);
  if (anatomy.stomachGas > 0 && x > 0) {
    const dx = (x - 0.38) / 0.2;
    const dy = (y - anatomy.diaphragm[1] - breath - 0.2) / 0.12;
    density -= anatomy.stomachGas * Math.exp(-(dx * dx + dy * dy));
  }
  density += bonesAt(anatomy, x, y);
  return body * density;
}

/** Heart, mediastinum and spine, 0..1. */
function middleAt(anatomy: Anatomy, x: number, y: number, lung: number): number {
  const { heart, thymus } = anatomy;
  const dx = (x - heart.x) / heart.width;
  const dy = (y - heart.y) / heart.height;
  const heartShadow = ramp(-Math.sqrt(dx * dx + dy * dy), -1.08, -0.86);
  const sail = thymus * 0.14 * Math.exp(-(((y + 0.28) / 0.2) ** 2));
  const half = anatomy.mediastinum + sail + 0.06 * ramp(y, -0.2, 0.4);
  const band = ramp(-Math.abs(x), -half - 0.05, -half + 0.03);
  const vertebrae = 0.12 * ramp(-Math.abs(x), -0.085, -0.06) * (1 + 0.8 * Math.sin(y * 38));
  // Over a lung the shadow must also make up for the air that is not there.
  return Math.max(heartShadow, band) * (1 + 1.25 * lung) + vertebrae;
}

/** Ribs, clavicles and shoulder blades. */
function bonesAt(anatomy: Anatomy, x: number, y: number): number {
  const far = Math.abs(x);
  const isThorax = ramp(y, anatomy.apex - 0.02, anatomy.apex + 0.08) * ramp(-y, -0.8, -0.5) * ramp(far, 0.06, 0.14);
  const cage = isThorax * ramp(-far, -anatomy.lungWidth - 0.1, -anatomy.lungWidth - 0.02);
  const behind = rib(
    (y - anatomy.ribSlope * far + 0.75 * (far - 0.35) ** 2) / anatomy.ribSpacing + anatomy.ribPhase,
    0.2,
  );
  const front = rib((y + 0.55 * far - 0.9 * (far - 0.1) ** 2) / (anatomy.ribSpacing * 1.15) + anatomy.ribPhase, 0.17);
  let density = cage * anatomy.ribStrength * (behind + 0.6 * front * ramp(far, 0.25, 0.4));
  const clavicle = anatomy.apex + 0.12 + anatomy.clavicleSlope * (far - 0.1) + 0.12 * (far - 0.45) ** 2;
  density += 0.13 * Math.exp(-(((y - clavicle) / 0.028) ** 2)) * ramp(far, 0.08, 0.14) * ramp(-far, -0.85, -0.75);
  const blade = (far - anatomy.lungWidth + 0.02 + 0.2 * (y + 0.3)) / 0.09;
  density += anatomy.scapula * Math.exp(-blade * blade) * ramp(-y, -0.1, 0.05) * ramp(y, -0.7, -0.55);
  return density;
}

/** A band of the given half width around each whole number, its edges brighter than its middle, as cortex is. */
function rib(phase: number, halfWidth: number): number {
  const distance = Math.abs(phase - Math.round(phase)) / halfWidth;
  if (distance >= 1) return 0;
  return (1 - distance ** 6) * (0.7 + 0.3 * distance * distance);
}

/** Branching vessels from both hila outwards; the same for all images of a patient. */
function addVessels(canvas: Canvas, anatomy: Anatomy): void {
  const random = Random.of(anatomy.vesselSeed, "vessels");
  for (const side of [-1, 1]) {
    const x = side * (anatomy.mediastinum + 0.08);
    for (let i = 0; i < 3; i++)
      canvas.addBlob(x + side * random.uniform(0, 0.06), random.uniform(-0.1, 0.12), 0.05, 0.07);
    for (let i = 0; i < 7; i++) {
      const angle = -1.2 + 0.42 * i + random.normal(0, 0.12);
      branch(x, 0.02, side, angle, random.uniform(0.2, 0.3), 0.016, 3);
    }
  }
  function branch(
    x: number,
    y: number,
    side: number,
    angle: number,
    length: number,
    radius: number,
    depth: number,
  ): void {
    const endX = x + side * Math.cos(angle) * length;
    const endY = y + Math.sin(angle) * length;
    canvas.addStroke(x, y, endX, endY, radius, 0.035);
    if (depth === 1) return;
    for (const turn of [-0.4, 0.35]) {
      branch(
        endX,
        endY,
        side,
        angle + turn + random.normal(0, 0.15),
        length * random.uniform(0.5, 0.8),
        radius * 0.75,
        depth - 1,
      );
    }
  }
}

function expose(canvas: Canvas, exposure: Exposure, random: Random): GrayImage {
  const data = new Uint8Array(canvas.data.length);
  // A table of normal numbers, entered at random places: a tenth of the cost of drawing each.
  const table = Float32Array.from({ length: 4096 }, () => random.normal(0, exposure.noise));
  let at = 0;
  for (let i = 0; i < data.length; i++) {
    if (i % 64 === 0) at = random.uint32() & 4095;
    const density = Math.min(1, Math.max(0, exposure.gain * (canvas.data[i] as number) + exposure.offset));
    const grey = 255 * density ** exposure.gamma + (table[(at + (i % 64)) & 4095] as number);
    data[i] = Math.min(255, Math.max(0, Math.round(grey)));
  }
  return { width: canvas.width, height: canvas.height, data };
}
