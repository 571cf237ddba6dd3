"""A JPEG lossless encoder (ISO 10918-1 annex H) for what dcmtk's does not write: point transform, restarts, scan for each
component. Written from the standard, to be read, not to be fast; dicom_files.py checks its output with gdcm."""

import numpy as np


def segment(marker, data):
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + bytes(data)


def prediction(samples, y, x, predictor, is_first_line, start):
    """H.1.2.1 and table H.1."""
    if is_first_line:
        return start if x == 0 else samples[y, x - 1]
    if x == 0:
        return samples[y - 1, x]
    a, b, c = samples[y, x - 1], samples[y - 1, x], samples[y - 1, x - 1]
    return (a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1)[predictor - 1]


def scan_data(planes, bits, predictor, point_transform, lines_per_restart):
    """Entropy-coded data of interleaved planes. All categories 0..16 have codes of 5 bits."""
    height, width = planes[0].shape
    out, pending = bytearray(), ""

    def flush(text):
        for i in range(0, len(text), 8):
            byte = int(text[i : i + 8].ljust(8, "1"), 2)
            out.extend([byte, 0] if byte == 0xFF else [byte])

    for y in range(height):
        is_first_line = y % lines_per_restart == 0 if lines_per_restart else y == 0
        if is_first_line and y > 0:
            flush(pending)
            out.extend([0xFF, 0xD0 + (y // lines_per_restart - 1) % 8])
            pending = ""
        for x in range(width):
            for plane in planes:
                start = 1 << (bits - point_transform - 1)
                predicted = prediction(plane, y, x, predictor, is_first_line, start)
                difference = (int(plane[y, x]) - int(predicted) + 32768) % 65536 - 32768
                category = 16 if difference == -32768 else abs(difference).bit_length()
                pending += f"{category:05b}"
                if 0 < category < 16:
                    pending += f"{difference if difference > 0 else difference + 2**category - 1:0{category}b}"
        whole = len(pending) // 8 * 8
        flush(pending[:whole])
        pending = pending[whole:]
    flush(pending)
    return bytes(out)


def encode(pixels, bits, predictor, point_transform=0, lines_per_restart=0, is_interleaved=True):
    """`pixels`: [rows, columns] or [rows, columns, samples], unsigned."""
    pixels = np.atleast_3d(pixels).astype(np.int64) >> point_transform
    height, width, samples = pixels.shape
    sizes = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    components = b"".join(bytes([i + 1, 0x11, 0]) for i in range(samples))
    jpeg = b"\xff\xd8" + segment(0xC3, bytes([bits]) + sizes + bytes([samples]) + components)
    jpeg += segment(0xC4, bytes([0, 0, 0, 0, 0, 17] + [0] * 11) + bytes(range(17)))
    if lines_per_restart:
        jpeg += segment(0xDD, (lines_per_restart * width).to_bytes(2, "big"))
    for group in [range(samples)] if is_interleaved else [[i] for i in range(samples)]:
        selected = b"".join(bytes([i + 1, 0]) for i in group)
        jpeg += segment(0xDA, bytes([len(group)]) + selected + bytes([predictor, 0, point_transform]))
        planes = [pixels[..., i] for i in group]
        jpeg += scan_data(planes, bits, predictor, point_transform, lines_per_restart)
    return jpeg + b"\xff\xd9"
