"""What is the same for all cells of one invocation of `bench run`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ..api import Value


class RunOptions(BaseModel):
    """How cells are run.

    suite, folder: its name, and its results folder.
    cache_folder, cache_limit: where prepared data and features are kept, and how many bytes of them, apart
    from those in use; None for no limit.
    checkpoint_seconds: a training that takes longer writes a checkpoint each time so many have passed.
    keep_encoders: whether all trained encoders are kept, or only those that other cells start from.
    keep_checkpoints: whether the ends of trainings are kept where larger budgets can go on from them.
    repeat: how many runs of each cell its speeds rest on; with 0 even cells that shared the machine are left
    as they are.
    share_machine: whether cells may run at the same time on one machine; their speeds are not measured then.
    git: the state of the working directory's repository.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str
    folder: Path
    cache_folder: Path
    cache_limit: int | None = None
    checkpoint_seconds: float = 60.0
    keep_encoders: bool = False
    keep_checkpoints: bool = False
    repeat: int = 0
    share_machine: bool = False
    git: dict[str, Value] = Field(default_factory=dict)

    def moved(self, folder: Path, cache_folder: Path) -> RunOptions:
        """Return the same options for other folders."""
        return self.model_copy(update={"folder": folder, "cache_folder": cache_folder})
