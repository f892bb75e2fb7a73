"""DETR and SegFormer give by bench what transformers itself gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import bench
from bench_text.hf import HuggingFace
from bench_vision.object_detection import ObjectDetection
from bench_vision.semantic_segmentation import SemanticSegmentation

SIZE = (64, 96)
NAMES = dict(enumerate(["cup", "spoon", "fork", "knife", "plate"]))
STAGES = {"hidden_sizes": [8, 16, 24, 32], "depths": [1, 1, 1, 1]}


def detr() -> Any:
    backbone = transformers.ResNetConfig(
        **STAGES, embedding_size=8, out_features=["stage2", "stage3", "stage4"]
    )
    config = transformers.DetrConfig(
        backbone_config=backbone,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        num_queries=20,
        id2label=NAMES,
    )
    model = transformers.DetrForObjectDetection(config).eval()
    # Untrained, it sees the same object everywhere.
    for parameter in model.model.query_position_embeddings.parameters():
        torch.nn.init.normal_(parameter, std=4)
    torch.nn.init.normal_(model.class_labels_classifier.weight)
    return model


def segformer() -> Any:
    config = transformers.SegformerConfig(
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 1],
        num_attention_heads=[1, 2, 2, 4],
        decoder_hidden_size=16,
        id2label=NAMES,
        initializer_range=0.3,
    )
    return transformers.SegformerForSemanticSegmentation(config).eval()


def drawn() -> torch.Tensor:
    return torch.randint(256, (2, 3, *SIZE), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


def asked(
    encoder: Any, task: bench.Task, classes: tuple[str, ...], pixels: torch.Tensor
) -> bench.Predictions:
    head = task.native_head(encoder, bench.DatasetInfo({}, classes))
    assert head is not None
    with torch.no_grad():
        return task.predict(head.eval(), encoder({"pixels": pixels}))


def test_a_detector_finds_what_it_finds_in_transformers(save: Callable[..., Path]) -> None:
    torch.manual_seed(0)
    processor = transformers.DetrImageProcessor(size={"shortest_edge": 64, "longest_edge": 96})
    folder = save(detr(), processor)
    encoder = HuggingFace(model=str(folder), image_size=SIZE).load().eval()
    assert encoder.spec.strides == (8, 16, 32)
    pixels = drawn()
    images = (pixels / 255 - encoder.mean) / encoder.std
    whole = transformers.DetrForObjectDetection.from_pretrained(folder).eval()
    with torch.no_grad():
        output = whole(images)
    theirs = processor.post_process_object_detection(output, threshold=0, target_sizes=[SIZE] * 2)
    common = Counter(label for image in theirs for label in image["labels"].tolist()).most_common(2)
    classes = tuple(NAMES[label] for label, _ in common)
    assert len(classes) == 2
    found = asked(encoder, ObjectDetection(), classes, pixels)
    for at, image in enumerate(theirs):
        best = image["scores"].argsort(descending=True)
        best = best[[NAMES[label] in classes for label in image["labels"][best].tolist()]]
        count = len(best)
        torch.testing.assert_close(found["scores"][at, :count], image["scores"][best], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(found["boxes"][at, :count], image["boxes"][best], atol=1e-3, rtol=1e-4)
        names = [classes[label] for label in found["labels"][at, :count].tolist()]
        assert names == [NAMES[label] for label in image["labels"][best].tolist()]
        assert (found["labels"][at, count:] == -1).all()


def test_a_segmenter_gives_what_it_gives_in_transformers(save: Callable[..., Path]) -> None:
    torch.manual_seed(0)
    processor = transformers.SegformerImageProcessor(size={"height": SIZE[0], "width": SIZE[1]})
    folder = save(segformer(), processor)
    encoder = HuggingFace(model=str(folder)).load().eval()
    assert encoder.processor.size == SIZE
    assert encoder.spec.strides == (4, 8, 16, 32)
    pixels = drawn()
    whole = transformers.SegformerForSemanticSegmentation.from_pretrained(folder).eval()
    with torch.no_grad():
        output = whole((pixels / 255 - encoder.mean) / encoder.std)
    theirs = processor.post_process_semantic_segmentation(output, target_sizes=[SIZE] * 2)
    found = asked(encoder, SemanticSegmentation(), tuple(NAMES.values()), pixels)
    assert len(torch.stack(theirs).unique()) > 2
    assert (found["classes"] == torch.stack(theirs)).float().mean() > 0.999


@pytest.mark.parametrize("model", [detr, segformer])
def test_they_are_known_when_planning(model: Callable[[], Any], save: Callable[..., Path]) -> None:
    backbone = HuggingFace(model=str(save(model())))
    roles = {detr: "detector", segformer: "segmenter"}
    assert backbone.modalities() == {"image"}
    assert backbone.native_roles() == {roles[model]}
    assert backbone.class_names() == frozenset(NAMES.values())


def test_untrained_ones_have_no_head() -> None:
    config = {"architectures": ["SegformerForSemanticSegmentation"], "hidden_sizes": [8, 16, 24, 32]}
    encoder = HuggingFace(model="segformer", config=config, image_size=64).load()
    assert encoder.spec.strides == (4, 8, 16, 32)
    assert not encoder.native


def test_they_cannot_be_exported(save: Callable[..., Path], tmp_path: Path) -> None:
    backbone = HuggingFace(model=str(save(segformer(), transformers.SegformerImageProcessor())))
    with pytest.raises(bench.UnsuitableError, match="detectors and segmenters cannot be exported"):
        backbone.export(backbone.load(), tmp_path)
