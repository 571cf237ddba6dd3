"""Counts of pneumonia and normal images in the label files that torchxrayvision 1.5.7 carries, as its classes read them.

    pip download torchxrayvision==1.5.7 --no-deps && unzip torchxrayvision-*.whl -d WHEEL
    pip install pandas numpy
    python xrv_counts.py WHEEL/torchxrayvision ../datasets/xrv-counts.json

The classes need pandas and numpy to read labels. What they import for images only (torch, skimage, imageio) is replaced by
empty modules, so that nobody has to install gigabytes for a handful of numbers. The label files themselves are not copied. MIMIC-CXR-JPG's
are given to few; a made-up set in their form (mimic/, 300 studies) stands in for them.
"""

import importlib.util
import json
import os
import sys
import tempfile
import types

import numpy
import pandas


def load_datasets(package):
    for name in ["imageio", "imageio.v2", "skimage", "skimage.transform", "skimage.io", "torch", "torchvision", "torchxrayvision"]:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["skimage"].transform = sys.modules["skimage.transform"]
    sys.modules["skimage.io"].imread = None
    sys.modules["torchvision"].transforms = types.ModuleType("transforms")
    sys.modules["imageio"].v2 = sys.modules["imageio.v2"]
    spec = importlib.util.spec_from_file_location("xrv_datasets", os.path.join(package, "datasets.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def counts_of(dataset, pathology="Pneumonia"):
    values = dataset.labels[:, list(dataset.pathologies).index(pathology)]
    return {
        "images": len(values),
        "pneumonia": int((values == 1).sum()),
        "noPneumonia": int((values == 0).sum()),
        "unknown": int(numpy.isnan(values).sum()),
    }


def made_up_mimic(folder):
    """Labels, metadata and parts of studies that never were; the file names and columns are the publisher's."""
    random = numpy.random.default_rng(16)
    os.makedirs(folder, exist_ok=True)
    paths = [os.path.join(folder, f"mimic-cxr-2.0.0-{part}.csv") for part in ["chexpert", "metadata", "split"]]
    labels, images, parts = [open(path, "w") for path in paths]
    labels.write("subject_id,study_id,Edema,No Finding,Pneumonia\n")
    images.write("dicom_id,subject_id,study_id,ViewPosition,StudyDate\n")
    parts.write("dicom_id,study_id,subject_id,split\n")
    for study in range(50001, 50301):
        subject = 10001 + (study - 50001) // 3
        part = ["train", "train", "validate", "test"][subject % 4]
        # No Finding and Pneumonia are both given where the labeler saw both: the reference takes the first.
        finding, pneumonia = random.choice(["", "", "1.0"]), random.choice(["", "0.0", "1.0", "-1.0"])
        if study % 17 != 0:
            labels.write(f"{subject},{study},,{finding},{pneumonia}\n")
        for image in range(1 + study % 2):
            name = f"{study:08x}-{image}"
            view = random.choice(["PA", "AP", "LATERAL", "LL", ""])
            images.write(f"{name},{subject},{study},{view},2180{1 + study % 12:02}01\n")
            parts.write(f"{name},{study},{subject},{part}\n")
    for file in [labels, images, parts]:
        file.close()
    return paths


def main(package, out):
    xrv = load_datasets(package)
    images = tempfile.mkdtemp()
    every = dict(imgpath=images, views=["*"], unique_patients=False)
    result = {"torchxrayvision": "1.5.7", "pandas": pandas.__version__}

    nih = xrv.NIH_Dataset(**every)
    result["nih"] = counts_of(nih) | {
        "normal": int((nih.csv["Finding Labels"] == "No Finding").sum()),
        "patients": int(nih.csv["patientid"].nunique()),
    }

    rsna = xrv.RSNA_Pneumonia_Dataset(imgpath=images, views=["*"])
    result["rsna"] = counts_of(rsna)

    chexpert = xrv.CheX_Dataset(**every)
    raw = pandas.read_csv(chexpert.csvpath)
    result["chexpert"] = counts_of(chexpert) | {
        "normal": int((chexpert.csv["No Finding"] == 1).sum()),
        "uncertain": int((raw["Pneumonia"] == -1).sum()),
        "patients": int(chexpert.csv["patientid"].nunique()),
    }
    result["chexpertFrontal"] = counts_of(xrv.CheX_Dataset(**(every | {"views": ["PA", "AP", "LL", "RL", "UNKNOWN"]})))

    # The class drops files that were broken in its authors' copy and people of ten years and less; they are told apart here.
    padchest = xrv.PC_Dataset(**every)
    raw = pandas.read_csv(padchest.csvpath, low_memory=False)
    raw = raw[~raw["Labels"].isnull()]
    dropped = raw[~raw["ImageID"].isin(padchest.csv["ImageID"])]
    normal = lambda labels: set(part.strip() for part in labels.strip("[]").replace("'", "").split(",")) - {""} == {"normal"}
    result["padchest"] = counts_of(padchest) | {
        "normal": int(padchest.csv["Labels"].map(normal).sum()),
        "dropped": {
            "images": len(dropped),
            "pneumonia": int(dropped["Labels"].str.contains("pneumonia").sum()),
            "normal": int(dropped["Labels"].map(normal).sum()),
        },
    }

    vinbigdata = xrv.VinDr_Dataset(imgpath=images)
    result["vinbigdata"] = {
        "images": len(vinbigdata.csv),
        "normal": int((vinbigdata.csv["class_name"] == "No finding").sum()),
    }

    labels, images_of, _ = made_up_mimic(os.path.join(os.path.dirname(out), "mimic"))
    for name, views in [("mimic", ["*"]), ("mimicFrontal", ["PA", "AP"])]:
        mimic = xrv.MIMIC_Dataset(images, labels, images_of, views=views, unique_patients=False)
        result[name] = counts_of(mimic) | {
            "normal": int((mimic.csv["No Finding"] == 1).sum()),
            "patients": int(mimic.csv["patientid"].nunique()),
        }

    with open(out, "w") as file:
        json.dump(result, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
