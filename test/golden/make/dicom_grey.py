"""Stored values and colours to the 8-bit grey that docs/dicom.md states, by pydicom's functions; for dicom_files.py."""

import numpy as np
from pydicom.pixels import apply_modality_lut, apply_voi_lut


def output_range(ds):
    """The range to which pydicom's apply_windowing maps (pydicom.pixels.processing)."""
    if "ModalityLUTSequence" in ds:
        return 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    low = -(2 ** (ds.BitsStored - 1)) if ds.PixelRepresentation else 0
    high = low + 2**ds.BitsStored - 1
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    return low * slope + intercept, high * slope + intercept


def grey_of(ds, stored):
    """By pydicom's modality and VOI functions, then to 8 bits, inverted last."""
    values = apply_modality_lut(stored, ds)
    shown = apply_voi_lut(values, ds, index=0).astype(np.float64)
    if "VOILUTSequence" in ds:
        share = shown / (2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1)
    else:
        low, high = output_range(ds)
        share = (shown - low) / (high - low)
    return to_bytes(share, ds)


def to_bytes(share, ds):
    share = np.clip(share, 0, 1)
    if ds.PhotometricInterpretation == "MONOCHROME1" or ds.get("PresentationLUTShape") == "INVERSE":
        share = 1 - share
    return np.floor(255 * share + 0.5).astype(np.uint8)


def luma(rgb):
    red, green, blue = (rgb[..., i].astype(np.int64) for i in range(3))
    return ((4899 * red + 9617 * green + 1868 * blue + 8192) >> 14).astype(np.uint8)


def automatic(values, ds, keep):
    """The stated rule: from the 0.5th to the 99.5th percentile (the value at which that many pixels are passed)."""
    ordered = np.sort(values[keep])
    low, high = (ordered[int(np.floor(share * ordered.size))] for share in (0.005, 0.995))
    return to_bytes((values - (low + high) / 2) / (high - low) + 0.5, ds)
