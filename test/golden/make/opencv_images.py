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
import sys

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
    return {"sources": {"odd": pack(source), "even": pack(even)}, "cases": cases}


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
