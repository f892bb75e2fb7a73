"""Road scenes and blood cells, as tests and measurements have them learnt."""

from __future__ import annotations

from pathlib import Path

from imagenet_lite import MODEL

EPOCHS = 8

SEGMENTATION = f"""
defaults: {{{{batch_size: 8, precision: fp32, threads: {{threads}}}}}}
matrix:
  backbone: {{{{name: timm/{MODEL}, weights: {{weights}}, image_size: [96, 128], fit: stretch}}}}
  objective: {{objective}}
  dataset:
    name: image-masks
    path: {{data}}
    ignore: [void]
    task: {{{{name: semantic-segmentation, augmentation: [flip]}}}}
  seed: {{seeds}}
"""
DETECTION = f"""
defaults: {{{{batch_size: 8, precision: fp32, threads: {{threads}}}}}}
matrix:
  backbone:
    name: timm/{MODEL}
    weights: {{weights}}
    image_size: [{{height}}, {{width}}]
    fit: stretch
  objective: {{objective}}
  dataset:
    name: coco
    path: {{data}}
    task: {{{{name: object-detection, augmentation: [flip]}}}}
  seed: {{seeds}}
"""
FINE_TUNE = f"{{name: fine-tune, epochs: {EPOCHS}, lr: 2e-3, warmup: 0.3}}"


def camvid(shared_data: Path, folder: Path) -> Path:
    """Lay CamVid out in a folder, a few images of its test for val, so that all of train is learnt from."""
    source, laid_out = shared_data / "camvid", folder / "camvid"
    for kind in ("images", "masks"):
        (laid_out / "val" / kind).mkdir(parents=True)
        for path in sorted((source / "test" / kind).iterdir())[:4]:
            (laid_out / "val" / kind / path.name).symlink_to(path)
    for name in ("train", "test", "classes.txt"):
        (laid_out / name).symlink_to(source / name)
    return laid_out
