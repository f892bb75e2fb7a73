"""Settings of a cell that belong to no plugin."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

BOUNDS = ("cell_seconds", "silent_seconds", "memory")
"""Limits by which a cell is ended, and fails; no part of its identity, as no cell that is done met one."""


RESCUES = ("on_oom",)
"""Settings of what is done about a failure; no part of a cell's identity, as what it computes is the same."""


class Settings(BaseModel):
    """How each cell is computed; any of these can be a default of the suite or an axis of its matrix."""

    model_config = STRICT

    batch_size: int = Field(32, ge=1, description="examples in a training batch")
    eval_batch_size: int = Field(
        128,
        ge=1,
        description="examples in a batch of encoding or evaluation, fewer if they are more rows than that",
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="arithmetic; auto is bf16 where the device has it natively, fp32 otherwise"
    )
    compile: bool = Field(False, description="whether torch.compile translates the encoder first")
    threads: int | None = Field(
        None, ge=1, description="CPU threads of a cell; by default as many as torch wants and are free"
    )
    on_oom: Literal["fail", "shrink"] = Field(
        "fail",
        description="a cell that runs out of memory fails, or begins again with its batches in more parts",
    )

    @classmethod
    def axes(cls) -> tuple[str, ...]:
        """Return the names of the settings that change what is computed."""
        return tuple(name for name in cls.model_fields if name not in RESCUES)

    def identity(self) -> dict[str, Any]:
        """Return what can change an outcome, as plain JSON data."""
        return self.model_dump(mode="json", exclude={*RESCUES})


class Limits(BaseModel):
    """Bounds on a cell; without a value there is none."""

    model_config = STRICT

    steps: int | None = Field(None, ge=1, description="training steps")
    seconds: float | None = Field(None, gt=0, description="seconds of training, whole steps")
    shots: int | None = Field(
        None, ge=1, description="training examples of each class, a fixed random choice"
    )
    train_examples: int | None = Field(None, ge=1, description="training examples, a fixed random choice")
    train_fraction: float | None = Field(
        None, gt=0, le=1, description="share of the training examples, a fixed random choice"
    )
    redraw: bool = Field(False, description="whether each seed chooses training examples of its own")
    val_examples: int | None = Field(None, ge=1, description="validation examples, a fixed random choice")
    test_examples: int | None = Field(None, ge=1, description="test examples, a fixed random choice")
    cell_seconds: float | None = Field(None, gt=0, description="seconds of the whole cell, then it is ended")
    silent_seconds: float | None = Field(
        None,
        gt=0,
        description="seconds without progress, then it is ended; by default an hour or more",
    )
    memory: float | None = Field(
        None, gt=0, description="MiB of main memory that the cell takes, then it is ended"
    )

    @classmethod
    def axes(cls) -> tuple[str, ...]:
        """Return the names of the limits that change an outcome; the others only end what is of no use."""
        return tuple(name for name in cls.model_fields if name not in BOUNDS)

    def identity(self) -> dict[str, Any]:
        """Return what can change an outcome, as plain JSON data.

        `shots` and `redraw` are there only where they have an effect: a cell without them is known by what it
        was known by before there were any.
        """
        effects = {"shots": self.shots is not None, "redraw": self.redrawn}
        without = {name for name, there in effects.items() if not there}
        return self.model_dump(mode="json", exclude={*without, *BOUNDS})

    @property
    def conflict(self) -> str | None:
        """Why these cannot hold together; None if they can."""
        counts = [name for name in ("train_examples", "train_fraction") if getattr(self, name) is not None]
        if self.shots is None or not counts:
            return None
        return f"says how many training examples there are, and so does {counts[0]}; a cell can have one"

    @property
    def cuts_train(self) -> bool:
        """Whether only some of the training examples are to be used."""
        return any(limit is not None for limit in (self.shots, self.train_examples, self.train_fraction))

    @property
    def redrawn(self) -> bool:
        """Whether seeds differ in the examples they train on."""
        return self.redraw and self.cuts_train
