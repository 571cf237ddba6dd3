"""Golden files for src/images: small JPEG and PNG files of every kind that is read, what OpenCV makes of them, and
what OpenCV's resize makes of a test image. Run from the project's root:
    python test/golden/make/opencv_images.py
Writes test/golden/opencv/*.{jpg,png}, decode.json and resize.json (pixels row-major, base64 of uint8).
Used with opencv-python-headless 5.0.0, Pillow 13.0.0, NumPy 2.4.6; opencv-python-headless 4.10.0 gives the same resize.json
(--check compares and writes nothing).
"""

import base64
import json
import os
import struct
import sys
import zlib

import cv2
import numpy as np
from PIL import Image

FOLDER = os.path.join("test", "golden", "opencv")
HEIGHT, WIDTH = 37, 53


def pack(image):
    height, width = image.shape
    return {"width": width, "height": height, "pixels": base64.b64encode(image.tobytes()).decode()}


def images():
    yy, xx = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.stack([127 + 120 * np.sin(xx / 7), 127 + 120 * np.cos(yy / 5), 127 + 120 * np.sin((xx + yy) / 9)], -1)
    rgb = rgb.astype(np.uint8)
    grey = rgb[..., 0] // 2 + rgb[..., 2] // 2
    alpha = ((xx * 5) % 256).astype(np.uint8)
    low = ((xx * 37 + yy * 11) % 256).astype(np.uint16)
    colour, plain = Image.fromarray(rgb), Image.fromarray(grey)

    def exif(orientation):
        tags = Image.Exif()
        tags[0x112] = orientation
        return tags

    plain.save(path("grey.png"))
    plain.save(path("grey.jpg"), quality=90)
    plain.save(path("grey-progressive.jpg"), quality=80, progressive=True)
    plain.convert("1").save(path("one-bit.png"))
    Image.fromarray(np.dstack([grey, alpha]), "LA").save(path("grey-alpha.png"))
    colour.save(path("rgb.png"))
    colour.save(path("rgb-444.jpg"), quality=95, subsampling=0)
    colour.save(path("rgb-420.jpg"), quality=90, subsampling=2)
    colour.quantize(32).save(path("palette.png"))
    Image.fromarray(np.dstack([rgb, alpha]), "RGBA").save(path("rgb-alpha.png"))
    cv2.imwrite(path("grey-16.png"), (grey.astype(np.uint16) << 8) | low)
    cv2.imwrite(path("rgb-16.png"), ((rgb.astype(np.uint16) << 8) | low[..., None])[..., ::-1])
    for orientation in range(1, 9):
        plain.save(path(f"exif-{orientation}.jpg"), quality=90, exif=exif(orientation))
    colour.save(path("exif-6.png"), exif=exif(6))

    # Colours whose RGB is clipped: Y cannot be had from them again.
    vivid = np.random.default_rng(3).choice(np.array([0, 255], np.uint8), (HEIGHT // 4 + 1, WIDTH // 4 + 1, 3))
    vivid = vivid.repeat(4, 0).repeat(4, 1)[:HEIGHT, :WIDTH]
    for sampling in ("444", "422", "420", "440", "411"):
        factor = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{sampling}")
        for kind, extra in (("", []), ("-restarts", [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]), ("-progressive", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])):
            cv2.imwrite(path(f"vivid-{sampling}{kind}.jpg"), vivid, [cv2.IMWRITE_JPEG_QUALITY, 60, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor, *extra])
    Image.fromarray(vivid).save(path("vivid-rgb.jpg"), quality=60, keep_rgb=True)
    with open(path("grey.jpg"), "rb") as file:
        whole = file.read()
    write("grey-junk-before-tables.jpg", whole[:2] + b"\xff\0junk" + whole[2:])
    write("grey-padded.jpg", whole[:-2] + b"\0" * 3 + whole[-2:])
    pngs(rgb, grey, alpha, low)


def pngs(rgb, grey, alpha, low):
    """What a PNG can be, by hand: colour types, depths, interlace, filters and the chunks that change grey values."""
    wide = (rgb.astype(np.uint16) << 8) | low[..., None]
    wide[:5] = wide[:5, :, :1]  # grey pixels go another way through libpng
    rgb = rgb.copy()
    rgb[:5] = rgb[:5, :, :1]
    palette = np.random.default_rng(5).integers(0, 256, (200, 3), dtype=np.uint8)
    index = (grey.astype(int) * 199 // 255).astype(np.uint8)
    gamma = lambda value: (b"gAMA", struct.pack(">I", value))
    srgb, plte = (b"sRGB", b"\0"), (b"PLTE", palette.tobytes())
    turned = (b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0")
    for value in (45455, 100000, 220000):
        png(f"rgb-gamma-{value}.png", rgb, 2, ahead=[gamma(value)])
        png(f"rgb-16-gamma-{value}.png", wide, 2, 16, ahead=[gamma(value)])
    png("rgb-srgb.png", rgb, 2, ahead=[srgb])
    png("rgb-srgb-over-gamma.png", rgb, 2, ahead=[gamma(220000), srgb])
    png("rgb-profile.png", rgb, 2, ahead=[(b"iCCP", b"x\0\0" + zlib.compress(b"no profile"))])
    png("rgb-gamma-wrong-checksum.png", rgb, 2, ahead=[(*gamma(220000), b"\0\0\0\0")])
    png("rgb-gamma-late.png", rgb, 2, behind=[gamma(220000)])
    png("rgb-gamma-twice.png", rgb, 2, ahead=[gamma(220000), gamma(45455)])
    png("rgb-gamma-transparent.png", rgb, 2, ahead=[gamma(220000), (b"tRNS", bytes(6)), (b"bKGD", bytes(6))])
    png("rgb-16-significant.png", wide, 2, 16, ahead=[gamma(45455), (b"sBIT", bytes([10, 9, 10]))])
    png("rgb-16-alpha-gamma.png", np.dstack([wide, low]), 6, 16, ahead=[gamma(45455)])
    png("rgb-alpha-gamma.png", np.dstack([rgb, alpha]), 6, ahead=[gamma(45455)])
    png("palette-gamma.png", index, 3, ahead=[gamma(220000), plte, (b"tRNS", bytes(100))])
    png("palette-too-short.png", index, 3, ahead=[(b"PLTE", palette[:150].tobytes())])
    png("grey-gamma.png", grey, 0, ahead=[gamma(220000)])
    png("grey-alpha-16.png", np.dstack([wide[..., 0], low]), 4, 16, ahead=[gamma(220000)])
    png("grey-exif-late.png", grey, 0, behind=[turned])
    png("grey-text-late.png", grey, 0, behind=[(b"tEXt", b"a\0b"), (b"abCd", b"x")])
    for depth in (1, 2, 4):
        png(f"grey-{depth}.png", grey >> (8 - depth), 0, depth)
        png(f"palette-{depth}.png", grey >> (8 - depth), 3, depth, ahead=[plte[:1] + (palette[: 1 << depth].tobytes(),)])
    for name, pixels, kind, depth in (("grey", grey, 0, 8), ("grey-2", grey >> 6, 0, 2), ("rgb", rgb, 2, 8), ("rgb-16", wide, 2, 16), ("palette-4", grey >> 4, 3, 4)):
        png(f"{name}-interlaced.png", pixels, kind, depth, ahead=[plte[:1] + (palette[:16].tobytes(),)] if kind == 3 else [], interlaced=True)
    for filter_type in range(1, 5):
        png(f"rgb-filter-{filter_type}.png", rgb, 2, filter_type=filter_type)
    png("grey-more-rows.png", np.vstack([grey, grey]), 0, height=HEIGHT)
    png("grey-many-idat.png", grey, 0, pieces=7)


def png(name, pixels, kind, depth=8, ahead=(), behind=(), interlaced=False, filter_type=0, height=None, pieces=1):
    def chunk(mark, body, checksum=None):
        return struct.pack(">I", len(body)) + mark + body + (checksum or struct.pack(">I", zlib.crc32(mark + body)))

    pixels = pixels.reshape(*pixels.shape[:2], -1)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)] if interlaced else [(0, 0, 1, 1)]
    raw = b"".join(filtered(pixels[y0::dy, x0::dx], depth, filter_type) for y0, x0, dy, dx in passes)
    data = zlib.compress(raw)
    step = -(-len(data) // pieces)
    header = struct.pack(">IIBBBBB", pixels.shape[1], height or pixels.shape[0], depth, kind, 0, 0, interlaced)
    chunks = [(b"IHDR", header), *ahead, *((b"IDAT", data[i : i + step]) for i in range(0, len(data), step)), *behind, (b"IEND", b"")]
    write(name, b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks))


def filtered(pixels, depth, filter_type):
    """PNG specification, 9.2; the filters themselves are tried on whole bytes only."""
    result, above = b"", None
    for row in pixels:
        if depth == 16:
            line = np.frombuffer(row.astype(">u2").tobytes(), np.uint8)
        elif depth == 8:
            line = row.astype(np.uint8).ravel()
        else:
            bits = (row.ravel()[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            line = np.packbits(bits.ravel().astype(np.uint8))
        step = max(1, row.shape[-1] * depth // 8)
        up = np.zeros_like(line) if above is None else above
        left = np.concatenate([np.zeros(step, np.uint8), line[:-step]]).astype(int)
        corner = np.concatenate([np.zeros(step, np.uint8), up[:-step]]).astype(int)
        a, b, c = left, up.astype(int), corner
        distances = np.stack([abs(b - c), abs(a - c), abs(a + b - 2 * c)])
        guess = (0 * a, a, b, (a + b) // 2, np.choose(distances.argmin(0), [a, b, c]))[filter_type]
        result += bytes([filter_type]) + ((line.astype(int) - guess) % 256).astype(np.uint8).tobytes()
        above = line
    return result


def resizes():
    rng = np.random.default_rng(7)
    yy, xx = np.mgrid[0:101, 0:77]
    smooth = 128 + 70 * np.sin(xx / 11) * np.cos(yy / 13)
    source = np.clip(smooth + rng.normal(0, 25, smooth.shape), 0, 255).astype(np.uint8)
    even = source[:100, :76]
    cases = []
    for name, image in (("odd", source), ("even", even)):
        sizes = [(76, 100), (38, 50), (19, 25), (64, 64), (32, 32), (77, 50), (31, 17), (7, 5), (2, 2), (1, 1), (90, 120), (154, 202),
                 (120, 40), (40, 150)]
        for width, height in sizes:
            for interpolation in ("linear", "area"):
                flag = cv2.INTER_LINEAR if interpolation == "linear" else cv2.INTER_AREA
                result = cv2.resize(image, (width, height), interpolation=flag)
                cases.append({"source": name, "interpolation": interpolation, **pack(result)})
    # Enlarging rows while columns shrink or grow, by factors whose last bit decides on the source row.
    shapes = [(int(h), int(w), int(th), int(tw)) for h, w, th, tw in zip(*(rng.integers(low, high, 79) for low, high in ((5, 60), (5, 60), (40, 140), (30, 140))))]
    areas = []
    for h, w, th, tw in [(72, 183, 224, 224), *shapes]:
        image = (np.add.outer(np.arange(h) * 37, np.arange(w) * 101) % 256).astype(np.uint8)
        result = cv2.resize(image, (tw, th), interpolation=cv2.INTER_AREA)
        areas.append({"from": [h, w], "to": [th, tw], "rows": result.astype(int).sum(1).tolist(), "columns": result.astype(int).sum(0).tolist()})
    return {"sources": {"odd": pack(source), "even": pack(even)}, "cases": cases, "areas": areas}


def write(name, content):
    with open(path(name), "wb") as file:
        file.write(content)


def path(name):
    return os.path.join(FOLDER, name)


resized = resizes()
if "--check" in sys.argv:
    with open(path("resize.json")) as file:
        print("equal" if json.load(file) == resized else "DIFFERENT")
    sys.exit()
os.makedirs(FOLDER, exist_ok=True)
images()
decoded = {name: pack(cv2.imread(path(name), cv2.IMREAD_GRAYSCALE)) for name in sorted(os.listdir(FOLDER)) if name[-4:] in (".jpg", ".png")}
for name, content in (("decode.json", {"opencv": cv2.__version__, "images": decoded}), ("resize.json", resized)):
    with open(path(name), "w") as file:
        json.dump(content, file)
