#!/usr/bin/env python3
# What OpenCV and pydicom read from the files of a folder, as the reference of bench/foreign-suites.ts:
#
#   python bench/foreign-suites/reference.py path/to/suites path/to/reference [--jobs 2] [--time-limit 60]
#
# Writes index.jsonl, a line for each file, and the pixels into grey/ and stored/ as plain bytes. JPEG and PNG are what
# cv2.imread(path, IMREAD_GRAYSCALE) gives. DICOM is what pydicom decodes, shown by the rules of docs/dicom.md; the rules are
# written a second time here, only lookup tables are applied by pydicom. What the decoders print is kept as `words`: libjpeg
# reads damaged files and says so nowhere else. Each file has a process that a limit of time and of memory ends.
#
# Needs numpy, opencv-python-headless 5, Pillow, pydicom 3, pylibjpeg[all], python-gdcm, and dcmdjpeg of DCMTK.
import argparse
import hashlib
import json
import multiprocessing
import os
import re
import resource
import shutil
import subprocess
import tempfile
import threading
import warnings
from pathlib import Path
from queue import Empty, Queue

import cv2
import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.pixels import apply_modality_lut, apply_voi, get_decoder
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGExtended12Bit

IMAGE_NAME = re.compile(
    r"\.(jpe?g|jpe|jfif|png|apng|dcm|dicom|dic|ima|bmp|gif|tiff?|webp|jp2|j2k|jls|ico|pbm|pgm|ppm|pnm|pdf|zip|gz)$", re.I
)
DICOM_NAME = re.compile(r"\.(dcm|dicom|dic|ima)$", re.I)
MEMORY_LIMIT = 4 << 30  # bytes of address space
MIN_SIDE, MAX_PIXELS, MAX_BYTES = 2, 100_000_000, 256 << 20  # src/images/image-limits.ts


class Outside(Exception):
    """The product's documents refuse such files, whatever others read from them."""


def kind_of(name: str, start: bytes) -> str | None:
    """None for what nobody would take for an image, by name or content."""
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(b"\x89PNG"):
        return "png"
    if start[128:132] == b"DICM" or start.startswith(b"DICM") or DICOM_NAME.search(name):
        return "dicom"
    return "other" if IMAGE_NAME.search(name) else None


def read_picture(path: Path) -> np.ndarray:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError("OpenCV reads no image")
    check_sides(grey.shape[1], grey.shape[0])
    if is_cmyk(path):
        raise Outside("CMYK")
    return grey


def is_cmyk(path: Path) -> bool:
    try:
        with Image.open(path) as picture:
            return picture.mode == "CMYK"
    except Exception:  # Pillow knows fewer files than OpenCV
        return False


def check_sides(width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE or width * height > MAX_PIXELS:
        raise Outside(f"{width}x{height} pixels")


def read_dicom(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """8-bit grey and, of grey images, the stored values."""
    ds = dcmread(path, force=True)
    if "PixelData" not in ds:
        raise ValueError("no pixel data")
    if int(ds.get("NumberOfFrames") or 1) > 1:
        raise Outside("several frames")
    if ds.BitsAllocated not in (8, 16):
        raise Outside(f"{ds.BitsAllocated} bits allocated")
    check_sides(ds.Columns, ds.Rows)
    if "PixelRepresentation" not in ds:
        ds.PixelRepresentation = 0
    decoded, photometric = decode(ds, path)
    if photometric == "PALETTE COLOR":
        return luma(palette_colours(ds, decoded)), None
    if photometric.startswith("MONOCHROME"):
        return shown(ds, decoded), decoded
    if ds.BitsStored > 8:
        decoded = decoded >> (ds.BitsStored - 8)
    return luma(decoded), None


def decode(ds, path: Path) -> tuple[np.ndarray, str]:
    """Stored values, of colour RGB, and the photometric interpretation that they are in now."""
    syntax = ds.file_meta.get("TransferSyntaxUID", guessed_syntax(ds))
    if syntax != JPEGExtended12Bit or ds.BitsStored == 8 or shutil.which("dcmdjpeg") is None:
        decoded, described = get_decoder(syntax).as_array(ds)
        return decoded, described["photometric_interpretation"]
    # Of 12-bit DCT pydicom's plugins are up to 2 stored values off, and refuse the scan parameters of real scanners.
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.dcm"
        subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True)
        decoded = dcmread(plain)
        values, _ = get_decoder(decoded.file_meta.TransferSyntaxUID).as_array(decoded, correct_unused_bits=False)
        # What DCT overshoots is clamped: pydicom would cut it to the stored bits, white to black.
        low = -(2 ** (ds.BitsStored - 1)) if ds.PixelRepresentation else 0
        return np.clip(values, low, low + 2**ds.BitsStored - 1), decoded.PhotometricInterpretation


def guessed_syntax(ds) -> UID:
    is_implicit, is_little = ds.original_encoding
    if not is_little:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian


def palette_colours(ds, indices: np.ndarray) -> np.ndarray:
    """Of 8 bits; apply_color_lut would refuse palettes with fewer entries than it expects."""
    order = "<" if ds.original_encoding[1] else ">"
    channels = []
    for colour in ("Red", "Green", "Blue"):
        entries, first, bits = ds[f"{colour}PaletteColorLookupTableDescriptor"].value
        data = ds[f"{colour}PaletteColorLookupTableData"].value
        entries = entries or 65536
        wide = len(data) >= 2 * entries
        table = np.frombuffer(data, f"{order}u2" if wide else "u1")[:entries].astype(np.int64)
        place = np.clip(indices.astype(np.int64) - first, 0, entries - 1)
        channels.append(table[place] >> (bits - 8))
    return np.stack(channels, -1)


def luma(rgb: np.ndarray) -> np.ndarray:
    """ITU-R BT.601 as OpenCV computes RGB2GRAY."""
    red, green, blue = (rgb[..., i].astype(np.int64) for i in range(3))
    return ((4899 * red + 9617 * green + 1868 * blue + 8192) >> 14).astype(np.uint8)


def shown(ds, stored: np.ndarray) -> np.ndarray:
    for name in ("ModalityLUTSequence", "VOILUTSequence"):
        if name in ds and not is_usable_lut(ds[name].value):
            del ds[name]
    slope, intercept = rescaling(ds)
    is_unscaled = "ModalityLUTSequence" not in ds and (slope, intercept) == (1, 0)
    values = apply_modality_lut(stored, ds) if "ModalityLUTSequence" in ds else stored * slope + intercept
    if "VOILUTSequence" in ds:
        share = apply_voi(values.astype(np.int64), ds) / (2.0 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1)
    elif (window := first_window(ds)) is not None:
        share = windowed(values.astype(np.float64), *window)
    elif ds.BitsStored <= 8 and ds.PixelRepresentation == 0 and is_unscaled:
        share = values / (2.0**ds.BitsStored - 1)
    else:
        share = percentile_windowed(ds, stored, values.astype(np.float64))
    share = np.clip(share, 0, 1)
    if ds.PhotometricInterpretation == "MONOCHROME1" or ds.get("PresentationLUTShape") == "INVERSE":
        share = 1 - share
    return np.floor(255 * share + 0.5).astype(np.uint8)


def rescaling(ds) -> tuple[float, float]:
    slope, intercept = (ds.get(name) for name in ("RescaleSlope", "RescaleIntercept"))
    return (1 if slope is None else float(slope)) or 1, 0 if intercept is None else float(intercept)


def is_usable_lut(sequence) -> bool:
    """Whether the first item has as many entries as it says, of a depth that the standard allows."""
    item = sequence[0] if sequence else {}
    descriptor, data = item.get("LUTDescriptor"), item.get("LUTData")
    if descriptor is None or data is None or len(descriptor) != 3:
        return False
    count, _, bits = descriptor
    there = len(data) // 2 if isinstance(data, bytes) else len(data)
    return there >= (count or 65536) and bits in (8, *range(10, 17))


def first_window(ds) -> tuple[float, float, str] | None:
    first = lambda value: value[0] if hasattr(value, "__len__") and not isinstance(value, str) else value  # noqa: E731
    center, width = first(ds.get("WindowCenter")), first(ds.get("WindowWidth"))
    function = ds.get("VOILUTFunction") or "LINEAR"
    if center is None or width is None:
        return None
    least = 1 if function == "LINEAR" else np.nextafter(0, 1)
    return (float(center), float(width), function) if float(width) >= least else None


def windowed(values: np.ndarray, center: float, width: float, function: str) -> np.ndarray:
    """PS3.3 C.11.2.1.2 and C.11.2.1.3, to 0..1."""
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (values - center) / width))
    if function == "LINEAR_EXACT":
        return (values - center) / width + 0.5
    if width == 1:
        return (values > center - 0.5).astype(np.float64)
    return (values - (center - 0.5)) / (width - 1) + 0.5


def percentile_windowed(ds, stored: np.ndarray, values: np.ndarray) -> np.ndarray:
    """From the 0.5th to the 99.5th percentile, pixel padding left out."""
    keep = np.ones(stored.shape, bool)
    if (padding := ds.get("PixelPaddingValue")) is not None:
        limit = ds.get("PixelPaddingRangeLimit")
        # Writers give it as unsigned where the pixels are signed.
        kind = np.int16 if ds.PixelRepresentation else np.uint16
        ends = np.sort(np.array([padding, padding if limit is None else limit]).astype(kind))
        keep = (stored < ends[0]) | (stored > ends[1])
    ordered = np.sort(values[keep])
    low, high = (ordered[int(ordered.size * part)] if ordered.size > 0 else 0 for part in (0.005, 0.995))
    if high == low:
        return (values > low).astype(np.float64)
    return windowed(values, (low + high) / 2, high - low, "LINEAR_EXACT")


def reference_of(path: Path, out: Path, index: int) -> dict:
    content = path.read_bytes()
    kind = kind_of(path.name, content[:132])
    entry = {"kind": kind, "sha256": hashlib.sha256(content).hexdigest()}
    stored = None
    try:
        if len(content) > MAX_BYTES:
            raise Outside(f"{len(content)} bytes")
        if kind == "dicom":
            grey, stored = read_dicom(path)
        elif kind == "other":
            raise Outside("neither JPEG, PNG nor DICOM")
        else:
            grey = read_picture(path)
    except Outside as reason:
        return entry | {"status": "outside", "reason": str(reason)}
    except MemoryError:
        return entry | {"status": "refused", "reason": "takes too much memory"}
    except Exception as error:
        return entry | {"status": "refused", "reason": f"{type(error).__name__}: {error}"[:300]}
    grey.tofile(out / "grey" / str(index))
    if stored is not None:
        stored.astype("<i4").tofile(out / "stored" / str(index))
    height, width = grey.shape
    return entry | {"status": "read", "width": width, "height": height, "pixels": index, "hasStored": stored is not None}


def serve(pipe, out: Path) -> None:
    """A process that reads one file after the other; what libraries print goes into a file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    cv2.setNumThreads(1)
    printed = tempfile.TemporaryFile()
    os.dup2(printed.fileno(), 2)
    while (job := pipe.recv()) is not None:
        path, index = job
        os.ftruncate(2, 0)
        os.lseek(2, 0, os.SEEK_SET)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            entry = reference_of(path, out, index)
        said = [*os.pread(2, 2000, 0).decode("utf8", "replace").split("\n"), *(str(each.message) for each in caught)]
        words = "; ".join(dict.fromkeys(line.replace(str(path), "…").strip() for line in said if line.strip()))
        pipe.send(entry | {"words": words[:500]})


class Reader:
    """One such process, replaced when a file ends it or keeps it too long."""

    def __init__(self, out: Path, time_limit: float):
        self.out, self.time_limit = out, time_limit
        self.start()

    def start(self) -> None:
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, self.out), daemon=True)
        self.process.start()
        theirs.close()

    def read(self, path: Path, index: int) -> dict:
        try:
            self.pipe.send((path, index))
            if self.pipe.poll(self.time_limit):
                return self.pipe.recv()
            reason = f"takes longer than {self.time_limit:.0f} s"
        except (EOFError, OSError):
            reason = "ends the process"
        self.process.kill()
        self.process.join()
        self.start()
        content = path.read_bytes()
        kind = kind_of(path.name, content[:132])
        digest = hashlib.sha256(content).hexdigest()
        return {"kind": kind, "sha256": digest, "status": "refused", "reason": reason, "words": ""}


def candidates(folder: Path):
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or ".git" in path.parts:
            continue
        with path.open("rb") as file:
            if kind_of(path.name, file.read(132)) is not None:
                yield path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--time-limit", type=float, default=60, help="seconds for a file")
    args = parser.parse_args()
    for name in ("grey", "stored"):
        (args.out / name).mkdir(parents=True, exist_ok=True)
    jobs: Queue = Queue()
    for index, path in enumerate(candidates(args.folder)):
        jobs.put((index, path))
    entries: dict[int, dict] = {}

    def work() -> None:
        reader = Reader(args.out, args.time_limit)
        while True:
            try:
                index, path = jobs.get_nowait()
            except Empty:
                return
            entries[index] = {"file": path.relative_to(args.folder).as_posix(), **reader.read(path, index)}

    threads = [threading.Thread(target=work) for _ in range(args.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (json.dumps(entries[index], ensure_ascii=False) for index in sorted(entries))
    (args.out / "index.jsonl").write_text("".join(f"{line}\n" for line in lines))
    count = lambda status: sum(entry["status"] == status for entry in entries.values())  # noqa: E731
    print(f"{len(entries)} files: {count('read')} read, {count('refused')} refused, {count('outside')} outside")


if __name__ == "__main__":
    main()
