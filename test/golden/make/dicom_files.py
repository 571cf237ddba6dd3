"""Makes test/golden/dicom: small DICOM files by real encoders, and what reference decoders read from them.

    python test/golden/make/dicom_files.py test/golden/dicom

Needs pydicom, numpy, pylibjpeg, pylibjpeg-libjpeg, pylibjpeg-openjpeg, pylibjpeg-rle, python-gdcm (PyPI), and the programs
of the Debian packages dcmtk and openjph-tools. The picture is computed, not a patient's; its header has a patient's name
and numbers (all with SECRET in them) so that tests can look for them in every output.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import convert_color_space
from pydicom.sequence import Sequence
from pydicom.uid import (
    HTJ2K,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000,
    JPEG2000Lossless,
    JPEGLossless,
)

import lossless_jpeg
from dicom_grey import automatic, grey_of, luma
from jpeg_marks import unmarked, with_segments

WIDTH, HEIGHT = 62, 45  # neither a multiple of 8, nor the number of pixels of 4
out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for old in out.glob("*"):
    old.unlink()
work = Path(tempfile.mkdtemp())
expected = []


def picture(bits):
    """A dark pair of ellipses in a brighter field with ribs and fine texture: [45, 62], 0 .. 2^bits - 1."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    field = 0.75 - 0.1 * np.cos(x / 9) + y / 400
    for centre in (18, 44):
        inside = ((x - centre) / 11) ** 2 + ((y - 22) / 17) ** 2 < 1
        field = np.where(inside, 0.25 + 0.08 * np.sin(y / 2.5), field)
    texture = ((x * 7919 + y * 104729) % 97) / 97 - 0.5
    return np.clip(np.rint((field + 0.03 * texture) * (2**bits - 1)), 0, 2**bits - 1).astype(np.int64)


def dataset(pixels, bits=12, signed=False, photometric="MONOCHROME2", **attributes):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.10.999.1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.826.0.1.3680043.10.999.2", "1.2.826.0.1.3680043.10.999.3"
    ds.file_meta.ImplementationClassUID = "1.2.826.0.1.3680043.10.999.4"
    ds.PatientName, ds.PatientID, ds.InstitutionName = "SECRET^NAME", "SECRET-ID", "SECRET HOSPITAL"
    ds.PatientAge, ds.Modality, ds.ViewPosition, ds.BodyPartExamined = "003Y", "CR", "AP", "CHEST"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated = 16 if bits > 8 else 8
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, int(signed)
    set_pixels(ds, pixels)
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def set_pixels(ds, pixels):
    cell = "<i2" if ds.BitsAllocated == 16 and ds.PixelRepresentation else "<u2" if ds.BitsAllocated == 16 else "u1"
    data = pixels.astype(cell).tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW"


def save(ds, name):
    path = out / f"{name}.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path


def by_tool(ds, name, *command):
    """An uncompressed file through a program that takes input and output."""
    source = work / f"{name}.dcm"
    ds.save_as(source, enforce_file_format=True)
    subprocess.run([*command, str(source), str(out / f"{name}.dcm")], check=True)
    return out / f"{name}.dcm"


def encapsulated(ds, name, syntax, stream):
    ds.PixelData = encapsulate([stream])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = syntax
    return save(ds, name)


def by_openjph(ds, name, syntax, pixels, *options):
    source, target = work / f"{name}.{'ppm' if pixels.ndim == 3 else 'pgm'}", work / f"{name}.j2c"
    kind = b"P6" if pixels.ndim == 3 else b"P5"
    largest = 2 ** ds.BitsStored - 1
    cell = ">u2" if largest > 255 else "u1"
    source.write_bytes(kind + f"\n{WIDTH} {HEIGHT}\n{largest}\n".encode() + pixels.astype(cell).tobytes())
    subprocess.run(["ojph_compress", "-i", str(source), "-o", str(target), *options], check=True, stdout=subprocess.DEVNULL)
    return encapsulated(ds, name, syntax, target.read_bytes())


def packed(values, kind):
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).astype(kind).tobytes(), 9)).decode()


def expect(path, stored=None, stored_tolerance=0, grey=None, grey_tolerance=0, warnings=()):
    """`stored`: what went into the encoder; without it, what pydicom decodes is the reference. Tolerances in levels."""
    ds = dcmread(path)
    decoded = ds.pixel_array
    if stored is not None:
        assert stored_tolerance > 0 or np.array_equal(decoded, stored), f"{path.name}: the reference decoder differs"
    reference = decoded if stored is None else stored
    is_grey = ds.PhotometricInterpretation.startswith("MONOCHROME")
    if grey is None:
        grey = grey_of(ds, reference.astype(np.int64 if ds.PixelRepresentation else np.uint16))
    entry = {"file": path.name, "width": ds.Columns, "height": ds.Rows}
    if is_grey:
        entry["storedSha256"] = hashlib.sha256(reference.astype("<i4").tobytes()).hexdigest()
        if stored_tolerance > 0:
            entry |= {"stored": packed(reference, "<i4"), "storedTolerance": stored_tolerance}
    entry |= {"grey": packed(grey, "u1"), "greyTolerance": grey_tolerance, "warnings": list(warnings)}
    expected.append(entry)


twelve, eight = picture(12), picture(8)
window = {"WindowCenter": "1900", "WindowWidth": "3100"}
windowed = lambda: dataset(twelve, **window)  # noqa: E731

# --- transfer syntaxes, 12-bit grey, lossless ---
ds = windowed()
ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
expect(save(ds, "implicit-le"), twelve)
expect(save(windowed(), "explicit-le"), twelve)
expect(by_tool(windowed(), "explicit-be", "dcmconv", "+tb"), twelve)
expect(by_tool(windowed(), "deflated", "dcmconv", "+td"), twelve)
expect(by_tool(windowed(), "rle", "dcmcrle"), twelve)
expect(by_tool(windowed(), "rle-fragments", "dcmcrle", "+fs", "1"), twelve)
expect(by_tool(windowed(), "jpeg-lossless-57", "dcmcjpeg", "+el", "+sv", "6"), twelve)
expect(by_tool(windowed(), "jpeg-lossless-70", "dcmcjpeg", "+e1"), twelve)
expect(by_tool(windowed(), "jpeg-ls", "dcmcjpls"), twelve)
ds = windowed()
ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
expect(save(ds, "jpeg-2000"), twelve)
for name, syntax, options in (
    ("htj2k", HTJ2KLossless, ("-reversible", "true", "-prog_order", "LRCP")),
    ("htj2k-rpcl", HTJ2KLosslessRPCL, ("-reversible", "true", "-prog_order", "RPCL")),
    ("htj2k-unrestricted", HTJ2K, ("-reversible", "true")),
):
    expect(by_openjph(windowed(), name, syntax, twelve, *options), twelve)

# --- JPEG lossless that dcmtk does not write; predictors 1 and 6 are above ---
for name, predictor, options in (
    ("jpeg-lossless-2-restarts", 2, {"lines_per_restart": 1}),
    ("jpeg-lossless-3", 3, {}),
    ("jpeg-lossless-4-restarts", 4, {"lines_per_restart": 4}),
    ("jpeg-lossless-5-point", 5, {"point_transform": 2}),
    ("jpeg-lossless-7-point-restarts", 7, {"point_transform": 1, "lines_per_restart": 7}),
):
    point = options.get("point_transform", 0)
    path = encapsulated(windowed(), name, JPEGLossless, lossless_jpeg.encode(twelve, 12, predictor, **options))
    expect(path, twelve >> point << point)
# Differences of all 17 categories, and predictions that differences take beyond 16 bits.
extremes = picture(16)
for i, value in enumerate((0, 65535, 32768, 1)):
    extremes[i::7, ::3] = value
ds = dataset(extremes, 16, WindowCenter="32768", WindowWidth="65535")
expect(encapsulated(ds, "grey-16-jpeg-lossless-7", JPEGLossless, lossless_jpeg.encode(extremes, 16, 7)), extremes)

# --- transfer syntaxes, lossy: the reference is what pydicom's decoders make of the same bytes ---
path = by_tool(windowed(), "jpeg-extended", "dcmcjpeg", "+ee", "+un", "+q", "90")
subprocess.run(["dcmdjpeg", str(path), str(work / "plain.dcm")], check=True)  # pylibjpeg's libjpeg is up to 2 away from it
expect(path, dcmread(work / "plain.dcm").pixel_array, stored_tolerance=1, grey_tolerance=1)
expect(by_tool(dataset(eight, 8), "jpeg-baseline", "dcmcjpeg", "+eb", "+un"), stored_tolerance=1, grey_tolerance=1)
expect(by_tool(windowed(), "jpeg-ls-near", "dcmcjpls", "+en", "+md", "3", "+un"))
ds = windowed()
ds.compress(JPEG2000, encoding_plugin="pylibjpeg", j2k_cr=[6], generate_instance_uid=False)
expect(save(ds, "jpeg-2000-lossy"), stored_tolerance=1, grey_tolerance=1)
expect(by_openjph(windowed(), "htj2k-lossy", HTJ2K, twelve, "-qstep", "0.004"), stored_tolerance=1, grey_tolerance=1)

# Overshoot: a codestream of more bits than are stored, and values at both ends. Clamped, where pydicom masks or passes on.
checks = np.where((np.mgrid[:HEIGHT, :WIDTH].sum(0) // 5) % 2 == 0, 0, 1023)
narrow = {"BitsStored": 10, "HighBit": 9, "WindowCenter": "512", "WindowWidth": "1024"}
path = by_tool(dataset(checks), "jpeg-extended-overshoot", "dcmcjpeg", "+ee", "+un", "+q", "70")
subprocess.run(["dcmdjpeg", str(path), str(work / "plain.dcm")], check=True)
over = dcmread(work / "plain.dcm").pixel_array
assert over.max() > 1023
ds = dcmread(path)
for name, value in narrow.items():
    setattr(ds, name, value)
ds.save_as(path)
expect(path, np.clip(over, 0, 1023), stored_tolerance=1, grey_tolerance=1)
ds = dataset(checks - 512, 16, signed=True)
ds.compress(JPEG2000, encoding_plugin="pylibjpeg", j2k_cr=[12], generate_instance_uid=False)
over = ds.pixel_array
assert over.max() > 511 and over.min() < -512
for name, value in (narrow | {"WindowCenter": "0"}).items():
    setattr(ds, name, value)
expect(save(ds, "signed-jpeg-2000-overshoot"), np.clip(over, -512, 511), stored_tolerance=1, grey_tolerance=1)

# --- 8 bits, other bits, signs ---
expect(save(dataset(eight, 8), "grey-8"), eight)
expect(by_tool(dataset(eight, 8), "grey-8-be", "dcmconv", "+tb"), eight)
expect(by_tool(dataset(eight[:, :61], 8), "grey-8-odd-be", "dcmconv", "+tb"), eight[:, :61])
expect(by_tool(dataset(eight, 8), "grey-8-rle", "dcmcrle"), eight)
expect(by_tool(dataset(eight, 8), "grey-8-jpeg-ls", "dcmcjpls"), eight)
expect(by_tool(dataset(eight, 8), "grey-8-jpeg-lossless", "dcmcjpeg", "+e1"), eight)
sixteen = picture(16)
wide = {"WindowCenter": "30000", "WindowWidth": "50000"}
expect(save(dataset(sixteen, 16, **wide), "grey-16"), sixteen)
expect(by_tool(dataset(sixteen, 16, **wide), "grey-16-jpeg-ls", "dcmcjpls"), sixteen)
expect(by_tool(dataset(sixteen, 16, **wide), "grey-16-jpeg-lossless", "dcmcjpeg", "+e1"), sixteen)
ds = dataset(sixteen, 16, **wide)
ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
expect(save(ds, "grey-16-jpeg-2000"), sixteen)
signed = twelve - 2048
relative = {"WindowCenter": "-100", "WindowWidth": "3000"}
expect(save(dataset(signed, signed=True, **relative), "signed"), signed)
for name, command in (
    ("signed-rle", ["dcmcrle"]),
    ("signed-jpeg-lossless", ["dcmcjpeg", "+e1"]),
    ("signed-jpeg-ls", ["dcmcjpls"]),
):
    expect(by_tool(dataset(sixteen - 32768, 16, signed=True, **relative), name, *command), sixteen - 32768)
ds = dataset(signed, signed=True, **relative)
ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
expect(save(ds, "signed-jpeg-2000"), signed)
dirty = windowed()
set_pixels(dirty, twelve | ((np.arange(twelve.size).reshape(twelve.shape) % 13) << 12))
expect(save(dirty, "overlay-in-high-bits"), stored=None)
expected[-1]["storedSha256"] = hashlib.sha256(twelve.astype("<i4").tobytes()).hexdigest()
expected[-1]["grey"] = packed(grey_of(windowed(), twelve), "u1")

# --- the grey pipeline ---
expect(save(dataset(twelve, photometric="MONOCHROME1", **window), "monochrome1"), twelve)
ds = dataset(twelve, photometric="MONOCHROME1", PresentationLUTShape="INVERSE", **window)
expect(save(ds, "monochrome1-inverse"), twelve)
expect(save(dataset(twelve, PresentationLUTShape="INVERSE", **window), "monochrome2-inverse"), twelve)
expect(save(dataset(twelve, VOILUTFunction="SIGMOID", **window), "sigmoid"), twelve)
expect(save(dataset(twelve, VOILUTFunction="LINEAR_EXACT", **window), "linear-exact"), twelve)
expect(save(dataset(twelve, WindowCenter="2000", WindowWidth="1"), "width-1"), twelve)
ds = dataset(twelve, WindowCenter=["1000", "3000"], WindowWidth=["1500", "100"])
expect(save(ds, "two-windows"), twelve)
ds = dataset(twelve, RescaleSlope="-0.75", RescaleIntercept="100.5", WindowCenter="-1300.25", WindowWidth="2100.5")
expect(save(ds, "rescale-negative"), twelve)


def lut_item(first, bits, data):
    item = Dataset()
    item.LUTDescriptor = [len(data) if len(data) < 65536 else 0, first, bits]
    item.LUTData = [int(value) for value in data]
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    return Sequence([item])


curve = np.rint(1023 * (np.arange(3000) / 2999) ** 0.6)
expect(save(dataset(twelve, VOILUTSequence=lut_item(500, 10, curve)), "voi-lut"), twelve)
expect(save(dataset(twelve, VOILUTSequence=lut_item(500, 10, curve), **window), "voi-lut-and-window"), twelve)
ds = dataset(twelve, ModalityLUTSequence=lut_item(0, 16, np.rint(65535 * (np.arange(4096) / 4095) ** 2)))
ds.ModalityLUTSequence[0].ModalityLUTType = "US"
ds.WindowCenter, ds.WindowWidth = "20000", "40000"
expect(save(ds, "modality-lut"), twelve)
# Values that need 12 of the 16 bits that the descriptor has: valid, for they are windowed afterwards.
low_curve = np.rint(4095 * (np.arange(4096) / 4095) ** 2)
ds = dataset(twelve, ModalityLUTSequence=lut_item(0, 16, low_curve), WindowCenter="1500", WindowWidth="2500")
ds.ModalityLUTSequence[0].ModalityLUTType = "US"
expect(save(ds, "modality-lut-low"), twelve)
ds = dataset(twelve, VOILUTSequence=lut_item(500, 16, curve // 8), **window)  # a picture almost black: invalid
del ds.VOILUTSequence
reference = grey_of(ds, twelve.astype(np.uint16))
ds.VOILUTSequence = lut_item(500, 16, curve // 8)
expect(save(ds, "voi-lut-invalid"), twelve, grey=reference, warnings=["VOI_LUT_INVALID"])
del ds.VOILUTSequence
ds.WindowWidth = "0"
ds.VOILUTSequence = lut_item(500, 16, curve // 8)


everything = np.ones(twelve.shape, bool)
path = save(ds, "everything-invalid")
warnings = ["VOI_LUT_INVALID", "WINDOW_INVALID", "WINDOW_AUTOMATIC"]
expect(path, twelve, grey=automatic(twelve, ds, everything), warnings=warnings)
ds = dataset(twelve)
expect(save(ds, "no-window"), twelve, grey=automatic(twelve, ds, everything), warnings=["WINDOW_AUTOMATIC"])
padded = twelve.copy()
padded[:, :9] = 4095
padded[:4] = 4090
ds = dataset(padded, photometric="MONOCHROME1", PixelPaddingValue=4095, PixelPaddingRangeLimit=4090)
reference = automatic(padded, ds, padded < 4090)
expect(save(ds, "padding"), padded, grey=reference, warnings=["WINDOW_AUTOMATIC"])

# --- colour: secondary captures ---
tint = np.stack([eight, np.clip(eight + 20, 0, 255), 255 - eight // 2], -1)
rgb = lambda: dataset(tint, 8, photometric="RGB", Modality="OT")  # noqa: E731
true_grey = luma(tint)
expect(save(rgb(), "rgb"), grey=true_grey)
ds = rgb()
ds.PlanarConfiguration = 1
set_pixels(ds, np.moveaxis(tint, 2, 0))
expect(save(ds, "rgb-planar"), grey=true_grey)
ybr = convert_color_space(tint.astype(np.uint8), "RGB", "YBR_FULL")
expect(save(dataset(ybr, 8, photometric="YBR_FULL"), "ybr-full"), grey=true_grey, grey_tolerance=1)
ds = dataset(ybr, 8, photometric="YBR_FULL_422")
pairs = ybr.reshape(HEIGHT, WIDTH // 2, 2, 3)
ds.PixelData = np.stack([pairs[:, :, 0, 0], pairs[:, :, 1, 0], pairs[:, :, 0, 1], pairs[:, :, 0, 2]], -1).tobytes()
path = save(ds, "ybr-full-422")
expect(path, grey=luma(dcmread(path).pixel_array))
wild = np.stack([eight, np.roll(eight, 9, 0), np.roll(255 - eight, 7, 1)], -1)  # mostly beyond RGB
reference = luma(convert_color_space(wild.astype(np.uint8), "YBR_FULL", "RGB"))
expect(save(dataset(wild, 8, photometric="YBR_FULL"), "ybr-full-beyond-rgb"), grey=reference)
expect(by_tool(rgb(), "rgb-rle", "dcmcrle"), grey=true_grey)
expect(by_tool(rgb(), "rgb-jpeg-ls", "dcmcjpls"), grey=true_grey)
expect(by_tool(rgb(), "rgb-jpeg-ls-planes", "dcmcjpls", "+il"), grey=true_grey)
expect(by_tool(rgb(), "rgb-jpeg-lossless", "dcmcjpeg", "+e1", "+cn"), grey=true_grey)
ds = rgb()
ds.compress(JPEG2000Lossless, encoding_plugin="pylibjpeg", generate_instance_uid=False)
expect(save(ds, "rgb-jpeg-2000"), grey=true_grey)
ds = rgb()
ds.PhotometricInterpretation = "YBR_RCT"
expect(by_openjph(ds, "rgb-htj2k", HTJ2KLossless, tint, "-reversible", "true"), grey=true_grey)
path = by_tool(rgb(), "rgb-jpeg-baseline", "dcmcjpeg", "+eb", "+un")
expect(path, grey=luma(dcmread(path).pixel_array), grey_tolerance=2)

ds = dataset(tint * 16 + 5, 12, photometric="RGB", Modality="OT")
interleaved = lossless_jpeg.encode(tint * 16 + 5, 12, 4, lines_per_restart=9)
expect(encapsulated(ds, "rgb-12-jpeg-lossless", JPEGLossless, interleaved), tint * 16 + 5, grey=true_grey)
scans = lossless_jpeg.encode(tint, 8, 5, is_interleaved=False)
path = encapsulated(rgb(), "rgb-jpeg-lossless-scans", JPEGLossless, scans)
expect(path, tint, grey=true_grey)

# --- colour JPEG whose own marks and whose label disagree, or that has no marks ---


def with_jpeg(ds, name, change, photometric):
    jpeg = next(generate_frames(ds.PixelData, number_of_frames=1))
    ds.PhotometricInterpretation = photometric
    return encapsulated(ds, name, ds.file_meta.TransferSyntaxUID, with_segments(jpeg, change))


not_adobe = [(0xEE, b"Adobe\0\x64\0\0\0"), (0xEE, b"Other\0\x64\0\0\0\0\1")]  # one cut short, one not its own
mismatch = ["ENCODING_MISMATCH"]
plain = dcmread(by_tool(rgb(), "rgb-jpeg-unmarked", "dcmcjpeg", "+eb", "+un", "+cr", "+q", "95"))
path = with_jpeg(plain, "rgb-jpeg-unmarked", unmarked, "RGB")
expect(path, grey=luma(dcmread(path).pixel_array), grey_tolerance=2)
path = with_jpeg(plain, "rgb-jpeg-app14-not-adobe", lambda segments: not_adobe + unmarked(segments), "RGB")
expect(path, grey=luma(dcmread(path).pixel_array), grey_tolerance=2)
plain = dcmread(out / "rgb-jpeg-baseline.dcm")
path = with_jpeg(plain, "rgb-label-jfif", lambda segments: segments, "RGB")
expect(path, grey=luma(dcmread(path).pixel_array), grey_tolerance=2, warnings=mismatch)
gray = dataset(np.stack([eight] * 3, -1), 8, photometric="RGB", Modality="OT")
plain = dcmread(by_tool(gray, "grey-label-rgb-jfif", "dcmcjpeg", "+eb", "+un", "+q", "95"))
path = with_jpeg(plain, "grey-label-rgb-jfif", lambda segments: segments, "RGB")
expect(path, grey=luma(dcmread(path).pixel_array), grey_tolerance=2, warnings=mismatch)
# Chroma in fewer samples, and nothing else that tells the colour: what pydicom reads under the right label.
plain = dcmread(by_tool(rgb(), "rgb-label-subsampled", "dcmcjpeg", "+eb", "+un", "+s2"))
with_jpeg(plain, "rgb-label-subsampled", unmarked, "YBR_FULL_422")
reference = luma(dcmread(out / "rgb-label-subsampled.dcm").pixel_array)
path = with_jpeg(plain, "rgb-label-subsampled", unmarked, "RGB")
expect(path, grey=reference, grey_tolerance=2, warnings=mismatch)
ds = dataset(eight, 8, photometric="PALETTE COLOR", Modality="OT")
for colour, values in (("Red", np.arange(256)), ("Green", np.arange(256) // 2), ("Blue", 255 - np.arange(256))):
    setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
    setattr(ds, f"{colour}PaletteColorLookupTableData", (values * 257).astype("<u2").tobytes())
palette = np.stack([eight, eight // 2, 255 - eight], -1)
expect(save(ds, "palette"), grey=luma(palette))

# --- attributes of 64-bit integers (SV, UV, OV), in a sequence and right before the pixels too ---
ds = windowed()
item = Dataset()
item.SelectorSVValue, item.SelectorUVValue = [-1, 2**62], 2**63 + 1
item.SelectorOVValue = bytes(range(16))
ds.add_new("SelectorSVValue", "SV", -5)
ds.add_new("SelectorUVValue", "UV", [1, 2**64 - 1])
ds.add_new("SelectorOVValue", "OV", bytes(24))
ds.HangingProtocolDefinitionSequence = Sequence([item])
stream = lossless_jpeg.encode(twelve, 12, 1)
ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = bytes(8), len(stream + bytes(len(stream) % 2)).to_bytes(8, "little")
expect(encapsulated(ds, "new-vrs", JPEGLossless, stream), twelve)

(out / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
print(f"{len(expected)} files, {sum(path.stat().st_size for path in out.iterdir())} bytes")
