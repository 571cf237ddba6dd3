"""A baseline JPEG with other segments before its scan: marks of colour put in, taken out and changed; for dicom_files.py."""

from lossless_jpeg import segment


def with_segments(jpeg, change):
    """`change` makes of the segments [(marker, data)], the scan's header the last, others."""
    segments, at = [], 2
    while not segments or segments[-1][0] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        segments.append((jpeg[at + 1], jpeg[at + 4 : end]))
        at = end
    return b"\xff\xd8" + b"".join(segment(*one) for one in change(segments)) + jpeg[at:]


def unmarked(segments):
    """Without application segments, and with components named 1, 2, 3: nothing is left that tells the colour."""
    result = []
    for marker, data in segments:
        start, step = {0xC0: (6, 3), 0xDA: (1, 2)}.get(marker, (0, 0))
        if step:
            data = bytearray(data)
            data[start : start + 3 * step : step] = bytes([1, 2, 3])
        if not 0xE0 <= marker <= 0xEF:
            result.append((marker, data))
    return result
