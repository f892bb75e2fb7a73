"""Settings of a cell that belong to no plugin."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

STRICT = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Settings(BaseModel):
    """How each cell is computed; any of these can be a default of the suite or an axis of its matrix."""

    model_config = STRICT

    batch_size: int = Field(32, ge=1, description="examples in a training batch")
    eval_batch_size: int = Field(128, ge=1, description="examples in a batch of encoding or evaluation")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="arithmetic; auto is bf16 where the device has it natively, fp32 otherwise"
    )
    compile: bool = Field(False, description="whether torch.compile translates the encoder first")
    threads: int | None = Field(
        None, ge=1, description="CPU threads of a cell; by default as many as torch wants and are free"
    )


class Limits(BaseModel):
    """Bounds on a cell; without a value there is none."""

    model_config = STRICT

    steps: int | None = Field(None, ge=1, description="training steps")
    seconds: float | None = Field(None, gt=0, description="seconds of training, whole steps")
    train_examples: int | None = Field(None, ge=1, description="training examples, a fixed random choice")
    train_fraction: float | None = Field(
        None, gt=0, le=1, description="share of the training examples, a fixed random choice"
    )
    val_examples: int | None = Field(None, ge=1, description="validation examples, a fixed random choice")
    test_examples: int | None = Field(None, ge=1, description="test examples, a fixed random choice")

    @property
    def cuts_train(self) -> bool:
        """Whether only some of the training examples are to be used."""
        return self.train_examples is not None or self.train_fraction is not None
