"""Small Hugging Face image datasets as parquet, written by datasets and pyarrow themselves.

    pip install datasets==5.2.0 pyarrow==26.0.1 pillow
    python test/golden/make/parquet_files.py test/golden/parquet

The images are noise in PNG files, made without any encoder that could change: the same bytes every time. What stands in
each file is in expected.json, by SHA-256 of the images' bytes.
"""
import hashlib
import json
import pathlib
import random
import struct
import sys
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, Features, Image, Value

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def png(seed, width=12, height=9):
    rows = random.Random(seed)
    raw = b"".join(b"\0" + bytes(rows.randrange(256) for _ in range(width)) for _ in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 0)) + chunk(b"IEND", b"")


expected = {}


def note(name, rows):
    expected[name] = [{"path": p, "label": l, "sha256": hashlib.sha256(b).hexdigest(), **more} for p, l, b, more in rows]


def images(name, split, labels, patients=None):
    """As `load_dataset("imagefolder").push_to_hub` makes them: bytes inside, the file's own name as path."""
    rows = [(f"{split}_{i}.png", label, png(f"{name}{i}"), {"patient": patients[i]} if patients else {}) for i, label in enumerate(labels)]
    note(name, rows)
    data = {"image": [{"bytes": b, "path": p} for p, _, b, _ in rows], "label": labels}
    features = {"image": Image(), "label": ClassLabel(names=["NORMAL", "PNEUMONIA"])}
    if patients:
        data["patient_id"] = patients
        features["patient_id"] = Value("string")
    return Dataset.from_dict(data, features=Features(features))


# A dataset as the Hub holds it: several row groups, snappy, the names of the classes in the file's own metadata.
folder = out / "hub" / "data"
folder.mkdir(parents=True, exist_ok=True)
images("hub/data/train-00000-of-00002.parquet", "train", [0, 1, 1, 0, 1]).to_parquet(folder / "train-00000-of-00002.parquet", batch_size=2)
images("hub/data/train-00001-of-00002.parquet", "train1", [1, 0]).to_parquet(folder / "train-00001-of-00002.parquet")
images("hub/data/validation-00000-of-00001.parquet", "validation", [1, 0]).to_parquet(folder / "validation-00000-of-00001.parquet")
images("hub/data/test-00000-of-00001.parquet", "test", [0, 1, 0]).to_parquet(folder / "test-00000-of-00001.parquet")

images("patients.parquet", "p", [0, 1, 1], ["H-001", "H-002", "H-002"]).to_parquet(out / "patients.parquet")

# Every compression that pyarrow writes, dictionary and plain, both versions of data pages.
table = images("codecs", "c", [0, 1, 1, 0]).data.table
features = {"image": {"_type": "Image"}, "label": {"names": ["NORMAL", "PNEUMONIA"], "_type": "ClassLabel"}}
table = table.replace_schema_metadata({b"huggingface": json.dumps({"info": {"features": features}}).encode()})
for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
    pq.write_table(table, out / f"codec-{codec}.parquet", compression=codec, data_page_version="2.0" if codec in ("zstd", "gzip") else "1.0")

# Labels in words and no word of Hugging Face; an image that is only named, one of another class, one without a label.
words = pa.table({
    "image": pa.array([{"bytes": png("w0"), "path": "w0.png"}, {"bytes": None, "path": "w1.png"}, {"bytes": png("w2"), "path": None}, {"bytes": png("w3"), "path": "../w3.png"}, {"bytes": b"no image", "path": "w4.png"}, {"bytes": png("w5"), "path": "w5.png"}]),
    "label": pa.array(["Normal", "Pneumonia", "Tuberculosis", None, "Normal", "pneumonia"]),
})
pq.write_table(words, out / "words.parquet")

# What cannot be understood: numbers without names, classes of another question.
pq.write_table(table.replace_schema_metadata(None), out / "numbers.parquet")
other = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
pq.write_table(table.replace_schema_metadata({b"huggingface": json.dumps(other).encode()}), out / "cats.parquet")
pq.write_table(pa.table({"x": [1, 2]}), out / "no-images.parquet")
# Zeros that compress to nothing.
bomb = pa.table({"image": pa.array([{"bytes": bytes(64 << 20), "path": "b.png"}]), "label": pa.array(["Normal"])})
pq.write_table(bomb, out / "bomb.parquet", compression="zstd", compression_level=9)

(out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
