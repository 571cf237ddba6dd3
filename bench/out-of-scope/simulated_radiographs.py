#!/usr/bin/env python3
# Radiographs simulated from computed tomography, for views of which no radiographs are at hand: each CT is projected from
# a point as an X-ray tube does it, and framed, exposed and developed at random as radiographs are.
#
#   python bench/out-of-scope/simulated_radiographs.py --out simulated --views 50 thorax.nii.gz other-thorax.nrrd …
#   node dist/bench/measure-out-of-scope.js path/to/chest_xray --in "frontal, simulated=simulated/frontal" --out …
#
# Writes grey PNG files into one folder for each view: `frontal` (0 degrees, so that the simulation itself is judged), `oblique`
# (35 to 55 degrees), `lateral` (90 degrees, both sides) and `abdomen` (frontal, from the diaphragm down; only of volumes that
# show 10 cm of it). A CT without lungs, of a head for example, is framed whole: `head frontal` and `head lateral`.
# Needs SimpleITK, SciPy, OpenCV.
import argparse
from pathlib import Path

import cv2
import numpy as np
import SimpleITK as sitk
from scipy import ndimage

VOXEL = 1.5  # mm, in every direction
DETECTOR = 1500.0  # mm from the tube
WATER = 0.02  # attenuation of water for one mm at the energies of chest radiography
AIR_HU = -1000

Box = tuple[float, float, float, float]
Range = tuple[float, float]


def read(path: Path) -> np.ndarray:
    """Hounsfield units (z from feet to head, y from front to back, x from the patient's right to left), VOXEL apart."""
    image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    size = [round(n * spacing / VOXEL) for n, spacing in zip(image.GetSize(), image.GetSpacing())]
    resampled = sitk.Resample(
        image, size, sitk.Transform(), sitk.sitkLinear, image.GetOrigin(), [VOXEL] * 3, image.GetDirection(), AIR_HU
    )
    return sitk.GetArrayFromImage(resampled).astype(np.float32)


def largest(mask: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()


def body_of(volume: np.ndarray) -> np.ndarray:
    """The patient without the table, holes filled slice by slice."""
    body = largest(ndimage.binary_opening(volume > -300, iterations=3))
    return np.stack([ndimage.binary_fill_holes(ndimage.binary_closing(one, iterations=3)) for one in body])


def lungs_of(volume: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Air inside the body that a large connected part of it belongs to; empty where the largest holds under 200 ml."""
    air = ndimage.binary_opening((volume < -500) & ndimage.binary_erosion(body, iterations=4), iterations=2)
    labels, _ = ndimage.label(air)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    least = max(sizes.max() * 0.2, 200_000 / VOXEL**3)
    return np.isin(labels, np.flatnonzero(sizes >= least))


def attenuation(volume: np.ndarray, body: np.ndarray) -> np.ndarray:
    """Per mm. Bone takes more than in proportion: radiographs are made at lower energies than CT."""
    hu = np.where(body, volume, AIR_HU)
    return (WATER * np.clip(1 + hu / 1000, 0, 3) * (1 + np.clip(hu - 150, 0, 1500) / 1500)).astype(np.float32)


def projection(volume: np.ndarray, degrees: float, tilt: float, reduce=np.add) -> np.ndarray:
    """The line integrals (or another reduction) from a tube in front of the patient, who is turned about the body's axis,
    tilted within the picture, and lies against the detector. Head up."""
    height, *across = volume.shape
    side = int(np.ceil(np.hypot(*across)))
    turn = cv2.getRotationMatrix2D(((across[1] - 1) / 2, (across[0] - 1) / 2), degrees, 1)
    turn[:, 2] += (side - across[1]) / 2, (side - across[0]) / 2
    slices = np.stack([cv2.warpAffine(one, turn, (side, side)) for one in volume])
    total = np.zeros((height, side), np.float32)
    middle = ((side - 1) / 2, (height - 1) / 2)
    depths = np.flatnonzero(slices.any((0, 2)))
    for y in depths:
        scale = DETECTOR / (DETECTOR - (depths[-1] - y) * VOXEL)
        magnify = cv2.getRotationMatrix2D(middle, tilt, scale)
        plane = np.ascontiguousarray(slices[:, y])
        total = reduce(total, cv2.warpAffine(plane, magnify, (side, height), borderMode=cv2.BORDER_REPLICATE))
    return total[::-1]


def bounds(mask: np.ndarray) -> Box:
    """top, bottom, left, right."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return float(rows[0]), float(rows[-1] + 1), float(columns[0]), float(columns[-1] + 1)


def framed(picture: np.ndarray, box: Box, random: np.random.Generator, above: Range, below: Range, sides: Range) -> np.ndarray:
    """The box with margins in shares of its height and width, as far as the picture reaches."""
    top, bottom, left, right = box
    height, width = bottom - top, right - left
    first = max(0, round(top - random.uniform(*above) * height))
    last = round(bottom + random.uniform(*below) * height)
    start = max(0, round(left - random.uniform(*sides) * width))
    return picture[first:last, start : round(right + random.uniform(*sides) * width)]


def developed(integrals: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Grey levels: the darkest and brightest hundredths are lost, a curve between them, noise of few photons."""
    noisy = integrals + random.normal(0, 0.01, integrals.shape) * np.exp(np.clip(integrals, 0, 8) / 4)
    low, high = np.quantile(noisy, (random.uniform(0.005, 0.03), random.uniform(0.97, 0.999)))
    grey = np.clip((noisy - low) / (high - low), 0, 1) ** random.uniform(0.9, 1.6)
    steepness = random.uniform(0.1, 4)
    grey = np.tanh(steepness * (grey - 0.5)) / np.tanh(steepness / 2) / 2 + 0.5
    height, width = grey.shape
    return cv2.resize((grey * 255).round().astype(np.uint8), (width * 3, height * 3), interpolation=cv2.INTER_CUBIC)


def views(volume: np.ndarray, count: int, random: np.random.Generator):
    """(name of the view, picture), `count` of each."""
    body = body_of(volume)
    lungs = lungs_of(volume, body)
    density = attenuation(volume, body)
    has_lungs = lungs.any()
    angles = {"frontal": lambda: 0.0, "lateral": lambda: random.choice((-90.0, 90.0))}
    if has_lungs:
        angles["oblique"] = lambda: random.choice((-1, 1)) * random.uniform(35, 55)
    for view, angle in angles.items():
        for _ in range(count):
            pose = (angle() + random.normal(0, 3), random.normal(0, 2))
            integrals = projection(density, *pose)
            if has_lungs:
                box = bounds(projection(lungs.astype(np.float32), *pose, np.maximum) > 0.5)
                yield view, developed(framed(integrals, box, random, (0.02, 0.3), (0.0, 0.25), (0.05, 0.3)), random)
                dome = box[1] - 0.2 * (box[1] - box[0])
                if view == "frontal" and len(integrals) - dome > 100 / VOXEL:
                    rest = (dome, float(len(integrals)), box[2], box[3])
                    yield "abdomen", developed(framed(integrals, rest, random, (-0.1, 0.1), (0, 0), (0, 0.2)), random)
            else:
                box = bounds(integrals > 0.5)
                yield f"head {view}", developed(framed(integrals, box, random, (0, 0.2), (-0.1, 0), (0, 0.2)), random)


def main() -> None:
    parser = argparse.ArgumentParser(description="radiographs simulated from computed tomography")
    parser.add_argument("ct", nargs="+", type=Path, help="a CT that SimpleITK reads, Hounsfield units")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--views", type=int, default=50, help="pictures of each view of each CT")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for number, path in enumerate(options.ct):
        random = np.random.default_rng((options.seed, number))
        for index, (view, picture) in enumerate(views(read(path), options.views, random)):
            folder = options.out / view
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{number:02}-{index:04}.png"), picture)
        print(path, "done", flush=True)


if __name__ == "__main__":
    main()
