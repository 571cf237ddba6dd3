"""Small .h5 files that ask for much memory, as test/golden/keras/hostile/bomb-*.h5.gz:
    python test/golden/make/keras_bombs.py
Each is frozen-keras2.h5 with one dataset replaced. Made with h5py 3.16.
"""

import gzip
import os
import shutil
import tempfile
import zlib

import h5py
import numpy as np

keras = os.path.join(os.path.dirname(__file__), "..", "keras")


def first_kernel(file):
    names = []
    file.visititems(lambda name, what: names.append(name) if isinstance(what, h5py.Dataset) else None)
    return next(name for name in names if "kernel" in name)


def dense_zeros(file, name):
    """640 MB of zeros, deflated to 660 kB."""
    del file[name]
    file.create_dataset(name, (12800, 12800), "<f4", chunks=(1280, 12800), compression=9, data=np.zeros((12800, 12800), "f4"))


def swelling_chunk(file, name):
    """A chunk of the right shape whose deflated bytes are 600 MB."""
    shape = file[name].shape
    del file[name]
    data = file.create_dataset(name, shape, "<f4", chunks=shape, compression=9)
    data.id.write_direct_chunk((0,) * len(shape), zlib.compress(bytes(600 * 2**20), 9))


def many_links(file, name):
    """One dataset of 256 kB under 2,000 names, all listed."""
    parts = name.split("/")
    group = file["/".join(parts[:-1])]
    layer = file["/".join(parts[:2])]
    data = group.create_dataset("big", data=np.zeros((64, 1024), "f4"))
    listed = [n.decode() if isinstance(n, bytes) else n for n in layer.attrs["weight_names"]]
    for number in range(2000):
        group[f"w{number}:0"] = data
        listed.append("/".join(parts[2:-1] + [f"w{number}:0"]))
    layer.attrs["weight_names"] = np.array([n.encode() for n in listed])


def never_written(file, name):
    """1 GiB that was never written and takes no room in the file."""
    del file[name]
    file.create_dataset(name, (1 << 14, 1 << 14), "<f4")


makers = {
    "bomb-zeros": dense_zeros,
    "bomb-chunk": swelling_chunk,
    "bomb-links": many_links,
    "bomb-empty": never_written,
}
for bomb, make in makers.items():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bomb.h5")
        shutil.copy(os.path.join(keras, "frozen-keras2.h5"), path)
        with h5py.File(path, "r+") as file:
            make(file, first_kernel(file))
        with open(path, "rb") as raw, open(os.path.join(keras, "hostile", f"{bomb}.h5.gz"), "wb") as out:
            size = os.path.getsize(path)
            with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as packed:
                shutil.copyfileobj(raw, packed)
        print(bomb, size)
