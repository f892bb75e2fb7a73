"""The choice among the epochs of a training: by the validation split, never by test."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal

from torch import Tensor

from ..api import Run, Steps
from ..errors import UnsuitableError


class Selection(AbstractContextManager["Selection"]):
    """Looks at each epoch's result on val; at the end, as a context, it puts the best weights back.

    `over` is true once the last `patience` epochs brought nothing better. With `keep="last"` and no patience
    it does nothing at all.
    """

    def __init__(
        self,
        run: Run,
        validate: Callable[[], Steps[Mapping[str, float]]],
        keep: Literal["last", "best"],
        patience: int | None,
    ) -> None:
        self.run = run
        self.validate = validate
        self.keep = keep
        self.patience = patience
        self.over = False
        self._best: float | None = None
        self._best_epoch = 0
        self._undefined = False
        self._weights: list[dict[str, Tensor]] = []

    def look(self, epoch: int) -> Steps[None]:
        """Validate after an epoch, and remember the weights if it is the best so far."""
        if self.keep == "last" and self.patience is None:
            return
        metrics = yield from self.validate()
        self.run.track("val", metrics)
        value = metrics.get(self.run.primary.name)
        self._undefined |= value is None
        if value is not None and self._is_better(value):
            self._best, self._best_epoch = value, epoch
            if self.keep == "best":
                self._weights = [_copy(module.state_dict()) for module in self.run.modules()]
        self.over = self.patience is not None and epoch - self._best_epoch >= self.patience

    def _is_better(self, value: float) -> bool:
        if not math.isfinite(value):  # it could be neither ranked nor kept in a checkpoint
            return False
        if self._best is None:
            return True
        return value > self._best if self.run.primary.better == "higher" else value < self._best

    def __exit__(self, kind: type[BaseException] | None, *fault: object) -> None:
        """Put the best weights back, and report which epoch they are from, counted from 1.

        Raises UnsuitableError if the figure to choose by was undefined after each epoch.
        """
        if self._undefined and self._best is None and kind in (None, GeneratorExit):
            raise UnsuitableError(
                f"val {self.run.primary.name} is undefined, so no epoch can be chosen by it; "
                "use more val examples, or `keep: last` without `patience`"
            )
        if self._weights:
            for module, weights in zip(self.run.modules(), self._weights, strict=True):
                module.load_state_dict(weights)
            self.run.report("train", {"chosen_epoch": self._best_epoch + 1})

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        return {
            "over": self.over,
            "best": self._best,
            "best_epoch": self._best_epoch,
            "weights": self._weights,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.over = state_dict["over"]
        self._best, self._best_epoch = state_dict["best"], state_dict["best_epoch"]
        self._weights = state_dict["weights"]


def _copy(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in state.items()}
