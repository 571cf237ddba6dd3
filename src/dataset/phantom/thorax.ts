// Density of a synthetic chest at a place of the body, part by part. Pure functions of anatomy and place; 0 is air,
// about 0.8 is spine in front of heart.
import type { Anatomy } from "./anatomy.js";

/** 0 below `low`, 1 above `high`, smooth between. */
function ramp(value: number, low: number, high: number): number {
  const t = (value - low) / (high - low);
  if (t <= 0) return 0;
  return t >= 1 ? 1 : t * t * (3 - 2 * t);
}

/** A bump of height 1 and the given half width, 0 outside. */
function bump(distance: number, halfWidth: number): number {
  const t = distance / halfWidth;
  return Math.abs(t) >= 1 ? 0 : (1 - t * t) ** 2;
}

/** Lateral edge of the lung at a height, as distance from the middle. */
function lateralEdge(anatomy: Anatomy, y: number): number {
  const t = Math.min(1, Math.max(0, (y - anatomy.apex) / (0.95 - anatomy.apex)));
  const back = 1 - t;
  return 0.26 + (anatomy.lungWidth - 0.26) * Math.sqrt(1 - back * back * back);
}

/** 1 inside a lung, 0 outside. `breath` lowers the diaphragm. */
export function lungAt(anatomy: Anatomy, breath: number, x: number, y: number): number {
  const far = Math.abs(x);
  const dome = anatomy.diaphragm[x < 0 ? 0 : 1] + breath;
  if (y < anatomy.apex - 0.1 || far > anatomy.lungWidth || y > dome + anatomy.domeDepth + 0.2) return 0;
  const lateral = lateralEdge(anatomy, y);
  const fromTop = (far - 0.27) / 0.17;
  const top = anatomy.apex + 0.07 * Math.min(4, fromTop * fromTop);
  const fromDome = (far - 0.36) / 0.36;
  const bottom = dome + anatomy.domeDepth * Math.min(1.3, fromDome * fromDome);
  return (
    ramp(far, 0.08, 0.15) * ramp(lateral - far, 0, 0.04) * ramp(bottom - y, -0.01, 0.025) * ramp(y - top, -0.02, 0.05)
  );
}

/** How much heart and mediastinum stand before the lung, 0..1. */
export function middleAt(anatomy: Anatomy, x: number, y: number): number {
  const { heart, thymus } = anatomy;
  const t = (y - heart.y + heart.height) / (1.5 * heart.height);
  const swell = ramp(t, 0, 1.1);
  const sail = thymus * 0.16 * bump(y + 0.3, 0.3);
  const left = anatomy.mediastinum + sail + (heart.x + heart.width - anatomy.mediastinum) * Math.sqrt(swell);
  const right = anatomy.mediastinum + 0.7 * sail + 0.1 * swell;
  return ramp(x < 0 ? right + x : left - x, -0.025, 0.035);
}

/** 1 in the chest, 0.3 in the abdomen, whose own density hides the heart's. */
export function aboveAbdomenAt(anatomy: Anatomy, breath: number, x: number, y: number): number {
  const dome = anatomy.diaphragm[x < 0 ? 0 : 1] + breath;
  return 1 - 0.7 * ramp(y, dome, dome + 0.25);
}

/** Soft tissue and abdomen, without heart, lungs and bones; 0 outside the body. */
export function bodyAt(anatomy: Anatomy, breath: number, x: number, y: number): number {
  const far = Math.abs(x);
  const width = anatomy.torso + 0.16 * anatomy.shoulder * bump(y + 0.55, 0.5) - 0.05 * ramp(y, 0.3, 1);
  const shoulderLine = -1.12 + 0.62 * Math.max(0, far - 0.24);
  const inside = ramp(width - far, -0.04, 0.1) * ramp(y - shoulderLine, 0, 0.16);
  if (inside === 0) return 0;
  let density = 0.5 + 0.07 * (1 - far * far);
  const dome = anatomy.diaphragm[x < 0 ? 0 : 1] + breath;
  density += 0.09 * ramp(y, dome - 0.02, dome + 0.2);
  if (anatomy.stomachGas > 0 && x > 0) {
    const dx = (x - 0.4) / 0.24;
    const dy = (y - dome - 0.22) / 0.13;
    density -= anatomy.stomachGas * Math.exp(-(dx * dx + dy * dy));
  }
  return inside * density;
}

/** Spine, ribs, clavicles and shoulder blades. */
export function bonesAt(anatomy: Anatomy, x: number, y: number): number {
  const far = Math.abs(x);
  let density = 0;
  if (far < 0.12) density += ramp(0.12 - far, 0, 0.04) * (0.07 + 0.025 * Math.sin(y * 46));
  const lateral = lateralEdge(anatomy, y);
  if (far > 0.05 && far < lateral + 0.08 && y > anatomy.apex - 0.02) {
    const cage = ramp(far, 0.05, 0.12) * ramp(lateral + 0.05 - far, 0, 0.04) * ramp(0.85 - y, 0, 0.25);
    const bend = Math.max(0, far - 0.2);
    const behind = rib((y - anatomy.ribSlope * far * 0.4 - bend * bend) / anatomy.ribSpacing + anatomy.ribPhase, 0.2);
    const front = rib((y + 0.5 * far - 0.7 * bend * bend) / (1.15 * anatomy.ribSpacing) + anatomy.ribPhase, 0.18);
    density += cage * anatomy.ribStrength * (behind + 0.5 * front * ramp(far, 0.25, 0.4));
    density += 0.5 * anatomy.ribStrength * bump(far - lateral, 0.05) * ramp(y, anatomy.apex, anatomy.apex + 0.2);
  }
  if (y < 0) {
    const clavicle = anatomy.apex + 0.16 + anatomy.clavicleSlope * (far - 0.1) + 0.1 * Math.sin(5 * far);
    density += 0.12 * bump(y - clavicle, 0.045) * ramp(far, 0.08, 0.13) * ramp(0.82 - far, 0, 0.1);
    const blade = bump(far - lateral + 0.04 + 0.25 * (y + 0.3), 0.13);
    density += anatomy.scapula * blade * ramp(-y, 0.02, 0.15) * ramp(y, -0.75, -0.6);
  }
  return density;
}

/** A band of the given half width around each whole number, its edges brighter than its middle, as cortex is. */
function rib(phase: number, halfWidth: number): number {
  const distance = Math.abs(phase - Math.round(phase)) / halfWidth;
  if (distance >= 1) return 0;
  const squared = distance * distance;
  return (1 - squared * squared * squared) * (0.6 + 0.5 * squared);
}
