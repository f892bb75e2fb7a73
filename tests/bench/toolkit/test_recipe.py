"""The settings of a recipe are those that the loop takes."""

from __future__ import annotations

import inspect

import pytest
from pydantic import ValidationError

from bench.toolkit.recipe import Recipe
from bench.toolkit.training import sgd


def test_a_recipe_is_what_the_loop_takes() -> None:
    taken = {
        name for name, given in inspect.signature(sgd).parameters.items() if given.kind is given.KEYWORD_ONLY
    }
    assert Recipe().recipe().keys() == taken - {"data", "loss", "first_epoch", "validate"}


def test_settings_are_passed_on() -> None:
    recipe = Recipe(lr=0.5, epochs=7, optimizer="sgd", momentum=0.3, clip=None).recipe()
    assert (recipe["lr"], recipe["epochs"], recipe["optimizer"]) == (0.5, 7, "sgd")
    assert (recipe["momentum"], recipe["clip"]) == (0.3, None)


def test_settings_of_the_objective_s_own_are_not() -> None:
    class Mine(Recipe):
        depth: int = 3

    assert "depth" not in Mine().recipe()


@pytest.mark.parametrize(
    "wrong",
    [
        {"lr": 0},
        {"lr": -1},
        {"epochs": 0},
        {"optimizer": "adam"},
        {"momentum": 1},
        {"weight_decay": -0.1},
        {"schedule": "triangular"},
        {"warmup": 1},
        {"clip": 0},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Recipe(**wrong)


def test_a_training_that_depends_on_its_end_is_final_and_says_what_to_change() -> None:
    steady = {"schedule": "constant", "warmup": 0.0}
    assert Recipe(**steady).final() is None
    assert Recipe(**steady, lr=0.5, epochs=9, optimizer="sgd").final() is None
    assert Recipe().final() == "it depends on its end; set schedule: constant, warmup: 0.0"
    chosen = Recipe(**steady, keep="best", patience=2).final()
    assert chosen == "it depends on its end; set keep: last, patience: null"


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Recipe.model_fields.values())
