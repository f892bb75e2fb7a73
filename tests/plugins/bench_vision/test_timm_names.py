"""What is read from timm's sources is what timm itself says, over all of its models."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import timm
import torch
from timm.data import ImageNetInfo
from timm.models import get_deprecated_models, is_model, list_models, list_pretrained

from bench import WeightsError
from bench_vision import timm_names
from bench_vision.timm_models import Timm

SUBSETS = ("imagenet-1k", "imagenet-12k", "imagenet-22k", "imagenet-21k-goog", "imagenet-21k-miil")


def test_all_models_are_known_and_no_others() -> None:
    assert sorted(timm_names.models()) == sorted(list_models())
    assert timm_names.old_names() == get_deprecated_models().keys()


def test_each_model_can_be_planned_with_and_each_of_its_weights() -> None:
    settings = [{"model": name, "weights": "none"} for name in (*list_models(), *get_deprecated_models())]
    for name in list_pretrained():
        settings.append({"model": name})
        architecture, _, tag = name.partition(".")
        if tag:
            settings.append({"model": architecture, "weights": tag})
    # Where timm is loaded, as it is here, each model that it has counts, whatever its sources say.
    run(
        "import json, sys\n"
        "for settings in json.load(sys.stdin): Timm(**settings).check()\n"
        "assert 'timm' not in sys.modules",
        json.dumps(settings),
    )


def test_nearly_all_tags_are_listed() -> None:
    named = [name for name in list_pretrained() if "." in name]
    assert len(set(named) & set(Timm.choices())) > 0.95 * len(named)
    assert all(is_model(choice) for choice in Timm.choices())


@pytest.mark.parametrize(
    ("settings", "message", "field"),
    [
        ({"model": "resnet81"}, "there is no model 'resnet81'; did you mean 'resnet18'", "model"),
        ({"model": "resnet18.a1_in2k"}, "no weights tag 'a1_in2k'; did you mean 'a1_in1k'", "model"),
        ({"model": "resnet18", "weights": "a1_in2k"}, "no weights tag 'a1_in2k'", "weights"),
        ({"model": "resnet18", "weights": "mine.pt"}, "mine.pt: no such weights file", "weights"),
    ],
)
def test_what_there_is_not(settings: dict[str, str], message: str, field: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        Timm.model_validate(settings).check()
    assert caught.value.field == field


def run(code: str, given: str = "") -> None:
    command = [sys.executable, "-c", f"from bench_vision.timm_models import Timm\n{code}"]
    subprocess.run(command, input=given, text=True, check=True)


def test_models_that_other_code_has_added_count() -> None:
    run(
        "from timm.models import register_model\n"
        "@register_model\n"
        "def house_net(pretrained=False): ...\n"
        "Timm(model='house_net').check()"
    )


def test_sources_that_are_unlike_these_refuse_nothing(tmp_path: Path) -> None:
    (tmp_path / "timm" / "models").mkdir(parents=True)
    (tmp_path / "timm" / "__init__.py").touch()
    (tmp_path / "timm" / "models" / "resnet.py").write_text("MODELS = load('models.bin')")
    run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "backbone = Timm(model='resnet81.tag'); backbone.check()\n"
        "assert backbone.class_names() is None and not Timm.choices()"
    )


@pytest.mark.parametrize("subset", SUBSETS)
def test_every_name_of_an_imagenet_class_may_be_known(subset: str) -> None:
    info = ImageNetInfo(subset)
    names = Timm(model="resnet18").class_names()
    assert names is not None
    for synset, lemmas in zip(info.label_names(), info.label_descriptions(), strict=True):
        assert {synset, lemmas, *lemmas.split(", ")} <= names
    assert not names & {"0", "positive", "pneumonia_x"}


def test_what_a_loaded_model_knows_was_known_before(tmp_path: Path) -> None:
    torch.save(timm.create_model("resnet10t").state_dict(), tmp_path / "model.pt")
    backbone = Timm(model="resnet10t", weights=str(tmp_path / "model.pt"), image_size=32)
    (part,) = backbone.load().native
    names = backbone.class_names()
    assert names is not None
    assert part.classes is not None
    assert len(part.classes) == 1000
    assert all(set(each) <= names for each in part.classes)
    assert Timm(model="resnet10t", weights="none").class_names() is None


def test_it_takes_neither_timm_nor_torch() -> None:
    run(
        "b = Timm(model='resnet18'); b.check(); b.class_names()\n"
        "import sys; assert not {'torch', 'timm', 'torchvision', 'numpy'} & set(sys.modules)"
    )
