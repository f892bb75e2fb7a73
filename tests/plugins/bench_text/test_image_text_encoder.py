"""CLIP, SigLIP and kin: vectors, logits and preparation as transformers has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import bench
from bench.toolkit.image_text import native_similarity, text_vectors
from bench_text.hf import HuggingFace
from bench_text.hf_config import IMAGE_TEXT_MODELS
from bench_vision.image_classification import ImageClassification
from tiny_models import TINY, wordpiece
from two_towers import TWO_TOWERS, logits_per_image

CLASSES = ("cat", "a very good dog", "mat", "film")


def loaded(model: str | Path, **settings: Any) -> Any:
    torch.manual_seed(0)
    return HuggingFace(model=str(model), **settings).load().eval()


def of_type(kind: str) -> Any:
    return loaded(kind, config=TWO_TOWERS[kind])


def pictures(count: int, size: tuple[int, int] = (32, 32)) -> list[Image.Image]:
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (count, 4, 5, 3), dtype=np.uint8)
    return [Image.fromarray(each).resize(size, Image.Resampling.BICUBIC) for each in noise]


def pixels_of(encoder: Any, images: list[Image.Image]) -> torch.Tensor:
    return torch.from_numpy(np.stack([encoder.processor(image)["pixels"] for image in images]))


def zero_shot(encoder: Any, pixels: torch.Tensor, classes: tuple[str, ...] = CLASSES) -> torch.Tensor:
    task = ImageClassification()
    head = task.native_head(encoder, bench.DatasetInfo({}, classes))
    assert head is not None
    with torch.no_grad():
        return task.predict(head, encoder({"pixels": pixels}))["logits"]


def test_all_types_are_tried() -> None:
    assert set(TWO_TOWERS) == IMAGE_TEXT_MODELS


@pytest.mark.parametrize("kind", sorted(TWO_TOWERS))
class TestEachType:
    def test_zero_shot_logits_are_those_of_transformers(self, kind: str) -> None:
        encoder = of_type(kind)
        pixels = pixels_of(encoder, pictures(3))
        ids = [encoder.processor(f"a photo of a {name}.")["ids"].tolist() for name in CLASSES]
        expected = logits_per_image(encoder, pixels, ids)
        assert expected.std() > 1e-3
        torch.testing.assert_close(zero_shot(encoder, pixels), expected, atol=1e-5, rtol=1e-5)

    def test_images_and_texts_together_give_what_each_gives_alone(self, kind: str) -> None:
        encoder = of_type(kind)
        pixels = pixels_of(encoder, pictures(2))
        ids = torch.from_numpy(encoder.processor("a cat")["ids"].astype(np.int64))[None]
        texts = {"ids": ids, "mask": torch.ones_like(ids, dtype=torch.bool)}
        with torch.no_grad():
            images, text = encoder({"pixels": pixels}).pooled, encoder(texts).pooled
            order = torch.tensor([0, 2, 1])
            both = encoder({"pixels": pixels, **texts, "order": order}).pooled
        assert both.shape == (3, encoder.spec.pooled)
        torch.testing.assert_close(both, torch.cat([images, text])[order], atol=1e-5, rtol=1e-5)

    def test_blocks_hold_each_parameter_once(self, kind: str) -> None:
        encoder = of_type(kind)
        held = [id(p) for block in encoder.blocks() for p in block.parameters()]
        assert sorted(held) == sorted(id(p) for p in encoder.parameters())


def test_blocks_hold_layers_of_the_same_depth_and_the_projections_last() -> None:
    encoder = of_type("clip")
    names = {id(p): name for name, p in encoder.trunk.named_parameters()}
    *_, before, last = [[names[id(p)] for p in block.parameters()] for block in encoder.blocks()]
    assert {"visual_projection.weight", "text_projection.weight", "logit_scale"} < set(last)
    assert {name.split(".")[0] for name in before} == {"vision_model", "text_model"}


def saved_clip(save: Callable[..., Path], **processor: Any) -> Path:
    text = TINY | {"vocab_size": 20, "max_position_embeddings": 24, "eos_token_id": 3, "pad_token_id": 0}
    vision = TINY | {"image_size": 32, "patch_size": 8}
    config = transformers.CLIPConfig(
        text_config=text | {"initializer_range": 0.3},
        vision_config=vision | {"initializer_range": 0.3},
        projection_dim=24,
    )
    theirs = transformers.CLIPImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, **processor
    )
    return save(transformers.CLIPModel(config), theirs, wordpiece())


def test_a_folder_gives_the_logits_of_its_own_model_and_processors(save: Callable[..., Path]) -> None:
    folder = saved_clip(save, image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.3, 0.4])
    model = transformers.CLIPModel.from_pretrained(folder).eval()
    images = transformers.AutoImageProcessor.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    texts = tokenizer([f"a photo of a {name}." for name in CLASSES], padding=True, return_tensors="pt")
    raw = pictures(3)
    with torch.no_grad():
        expected = model(
            input_ids=texts["input_ids"],
            attention_mask=texts["attention_mask"],
            **images(raw, return_tensors="pt"),
        ).logits_per_image
    encoder = loaded(folder)
    torch.testing.assert_close(
        zero_shot(encoder, pixels_of(encoder, raw)), expected, atol=1e-4, rtol=1e-5
    )  # 1e-4 of logits up to 14: fp32
    assert encoder.processor.size == (32, 32)


def test_a_tokenizer_with_more_tokens_than_there_is_room_for(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    tokenizer = wordpiece()
    tokenizer.add_tokens(["whale", "walrus"])
    tokenizer.save_pretrained(tmp_path / "larger")
    with pytest.raises(bench.WeightsError, match=r"has 2\d tokens, but the model's vocab_size is 20"):
        loaded(saved_clip(save), tokenizer=str(tmp_path / "larger"))


def test_images_are_prepared_as_the_folder_says(save: Callable[..., Path]) -> None:
    folder = saved_clip(save, image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.3, 0.4])
    theirs = transformers.AutoImageProcessor.from_pretrained(folder)
    encoder = loaded(folder)
    (image,) = pictures(1, (61, 47))
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (encoder.processor.mean, encoder.processor.std))
    expected = theirs(image, return_tensors="pt")["pixel_values"][0] * std + mean
    found = torch.from_numpy(encoder.processor(image)["pixels"]) / 255
    assert (found - expected).abs().max() < 3 / 255


def test_an_image_a_text_and_a_pair_are_prepared() -> None:
    processor = of_type("clip").processor
    (image,) = pictures(1)
    alone, text, pair = processor(image), processor("a cat"), processor((image, "a cat"))
    assert set(alone) == {"pixels"}
    assert set(text) == {"ids"}
    np.testing.assert_array_equal(pair["pixels"], alone["pixels"])
    np.testing.assert_array_equal(pair["ids"], text["ids"])
    other = loaded("clip", config=TWO_TOWERS["clip"], max_length=9).processor
    assert other.digest != processor.digest
    assert len(other("a text that is too long")["ids"]) == 9


def test_another_image_size_stretches_positions() -> None:
    encoder = loaded("clip", config=TWO_TOWERS["clip"], image_size=48)
    assert encoder({"pixels": pixels_of(encoder, pictures(1))}).pooled.shape == (1, 24)


def test_prompts_stand_around_names() -> None:
    encoder = of_type("clip")
    task = ImageClassification(prompt="{} {")
    head: Any = task.native_head(encoder, bench.DatasetInfo({}, ("cat", "dog")))
    torch.testing.assert_close(head.texts, text_vectors(encoder, ["cat {", "dog {"]))
    assert "prompt" in task.identity()
    assert "prompt" not in ImageClassification().identity()
    with pytest.raises(ValueError, match="prompt"):
        ImageClassification(prompt="a photo")


def test_what_is_known_when_planning(save: Callable[..., Path]) -> None:
    backbone = HuggingFace(model=str(saved_clip(save)))
    assert backbone.modalities() == {"image", "image-text"}
    assert backbone.class_names() is None
    assert backbone.native_roles() is None
    vit = HuggingFace(model="vit", config=TINY)
    assert "image-text" not in vit.modalities()


def test_a_clip_that_classifies_images_keeps_its_classifier(save: Callable[..., Path]) -> None:
    names = {0: "cat", 1: "dog"}
    vision = TINY | {"image_size": 32, "patch_size": 8}
    model = transformers.CLIPForImageClassification(
        transformers.CLIPConfig(vision_config=vision, text_config=TINY, id2label=names)
    )
    folder = save(model, transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=32))
    backbone = HuggingFace(model=str(folder))
    assert backbone.modalities() == {"image"}
    assert backbone.class_names() == {"cat", "dog"}
    assert [part.role for part in backbone.load().native] == ["classifier"]


def test_a_model_that_compares_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    own = transformers.CLIPModel.forward

    def halved(self: Any, *args: Any, **options: Any) -> Any:
        output = own(self, *args, **options)
        output.logits_per_image = output.logits_per_image / 2
        return output

    monkeypatch.setattr(transformers.CLIPModel, "forward", halved)
    with pytest.raises(bench.WeightsError, match="compares images and texts in another way"):
        HuggingFace(model="clip", config=TWO_TOWERS["clip"]).load()


def test_similarities_are_copies() -> None:
    encoder = of_type("siglip")
    one, other = native_similarity(encoder), native_similarity(encoder)
    assert one is not None
    assert other is not None
    assert one.log_scale is not other.log_scale
    assert one.bias is not None


def test_an_untrained_siglip_begins_as_its_paper_says() -> None:
    similarity = native_similarity(of_type("siglip"))
    assert similarity is not None
    assert similarity.bias is not None
    assert similarity.log_scale.exp().item() == pytest.approx(10)
    assert similarity.bias.item() == -10
