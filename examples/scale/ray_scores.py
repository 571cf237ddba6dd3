"""Scores images with Ray Data and a .onnx file that Pneumoscope exported: nothing of Pneumoscope is needed where it runs.

    pip install "ray[data]" onnxruntime opencv-python-headless
    python ray_scores.py model.onnx scans/ scores/

JPEG and PNG files, read and prepared as docs/onnx.md says; the scores are those of `pneumoscope predict`. What predict does beside, it does
not: DICOM files, and the check whether an image is a frontal chest X-ray. Research use only; not a medical device.
"""
import json
import os
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before onnxruntime is loaded; the actors inherit it

import cv2
import numpy as np
import ray


class Scorer:
    """One session for each actor; every batch of files becomes scores."""

    def __init__(self, model: str):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # Ray gives an actor one processor
        self.session = onnxruntime.InferenceSession(model, options)
        contract = json.loads(self.session.get_modelmeta().custom_metadata_map["pneumoscope"])
        self.size = contract["imageSize"]
        self.how = {"linear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA}[contract["interpolation"]]
        self.threshold = contract["threshold"]["value"]
        self.classes = contract["classes"]

    def __call__(self, batch: dict) -> dict:
        images = [self.prepared(file) for file in batch["bytes"]]
        readable = [image for image in images if image is not None]
        scores = iter([])
        if readable:
            stacked = np.stack(readable)[:, None]  # [n, 1, size, size]
            (probability,) = self.session.run(["probability"], {"image": stacked})
            scores = iter(probability[:, 0].tolist())
        given = [None if image is None else next(scores) for image in images]
        labels = [None if score is None else self.classes[int(score >= self.threshold)] for score in given]
        return {"path": batch["path"], "score": given, "label": labels}

    def prepared(self, file: bytes):
        """None for what is no image: its row has no score."""
        grey = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_GRAYSCALE)
        return None if grey is None else cv2.resize(grey, (self.size, self.size), interpolation=self.how)


def main(model: str, images: str, scores: str) -> None:
    ray.data.DataContext.get_current().enable_progress_bars = False
    files = ray.data.read_binary_files(images, include_paths=True, file_extensions=["jpeg", "jpg", "png"])
    actors = ray.data.ActorPoolStrategy(min_size=1, max_size=64)  # one for each processor
    # On several machines model, images and scores lie in a folder that all of them see.
    scored = files.map_batches(Scorer, fn_constructor_args=[os.path.abspath(model)], batch_size=16, compute=actors)
    scored.write_csv(scores)


if __name__ == "__main__":
    main(*sys.argv[1:])
