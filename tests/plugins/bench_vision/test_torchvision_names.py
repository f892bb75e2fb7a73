"""What is read from torchvision's sources is what torchvision itself says, over all of its models."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torchvision
from torchvision.models import get_model_weights, list_models

from bench import WeightsError
from bench_vision import torchvision_names
from bench_vision.torchvision_models import Torchvision


def test_all_models_are_known_with_all_their_weights_and_no_others() -> None:
    theirs = {
        name: frozenset(get_model_weights(name).__members__)
        for name in list_models(module=torchvision.models)
    }
    assert torchvision_names.models() == theirs
    assert sorted(Torchvision.choices()) == sorted(theirs)
    for name, tags in theirs.items():
        for weights in ("default", "none", *tags):
            Torchvision(model=name, weights=weights).check()


def test_every_name_of_a_class_may_be_known() -> None:
    names = Torchvision(model="resnet18").class_names()
    known = {
        category
        for name in list_models(module=torchvision.models)
        for entry in get_model_weights(name)
        for category in entry.meta["categories"] or ()
    }
    assert names == known
    assert Torchvision(model="resnet18", weights="none").class_names() is None


@pytest.mark.parametrize(
    ("settings", "message", "field"),
    [
        ({"model": "resnt18"}, "no classification model 'resnt18'; did you mean 'resnet18'", "model"),
        ({"model": "fcn_resnet50"}, "no classification model 'fcn_resnet50'", "model"),
        (
            {"model": "resnet18", "weights": "IMAGENET1K_V2"},
            "no weights tag 'IMAGENET1K_V2'; did you mean 'IMAGENET1K_V1'",
            "weights",
        ),
        ({"model": "resnet18", "weights": "./mine.pth"}, "mine.pth: no such weights file", "weights"),
    ],
)
def test_what_there_is_not(settings: dict[str, str], message: str, field: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        Torchvision.model_validate(settings).check()
    assert caught.value.field == field


def test_it_takes_neither_torchvision_nor_torch() -> None:
    code = (
        "from bench_vision.torchvision_models import Torchvision; b = Torchvision(model='resnet18'); "
        "b.check(); b.class_names(); "
        "import sys; assert not {'torch', 'torchvision', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
