"""No training: the backbone with the head it was pretrained with."""

from __future__ import annotations

from typing import ClassVar

from bench import Encoder, Objective, Run, Steps, UnsuitableError, hookimpl


class Evaluate(Objective):
    """Measure a pretrained model as it is, on classes that it knows."""

    name: ClassVar[str] = "evaluate"
    native: ClassVar[bool] = True

    def indivisible(self) -> str | None:
        """Return None: nothing is trained."""
        return None

    def train(self, run: Run) -> Steps[None]:
        """Give the run the backbone's own head.

        Raises UnsuitableError if it has none for the data set's classes.
        """
        from bench.toolkit.training import freeze

        self.rebuild(run)
        for module in (run.encoder, run.head):
            freeze(module)
        yield from ()

    def rebuild(self, run: Run) -> None:
        """Give the run the backbone's own head.

        Raises UnsuitableError if it has none for the data set's classes.
        """
        head = run.task.native_head(run.encoder, run.info)
        if head is None:
            raise UnsuitableError(
                f"the backbone has no head of its own for {_wanted(run)}{_nameless(run.encoder)}; "
                "use fine-tune or feature-extract"
            )
        run.head = head


def _wanted(run: Run) -> str:
    return f"these {len(run.info.classes)} classes" if run.task.by_class else f"task '{run.task.name}'"


def _nameless(encoder: Encoder) -> str:
    """Return a clause if the backbone has a head, and nobody has said what its outputs are."""
    outputs = [part.outputs for part in encoder.native if part.classes is not None and not part.classes]
    if not outputs:
        return ""
    return (
        f" (it has one with {outputs[0]} outputs that nobody has named; set the backbone's `classes`, "
        "if it has that setting)"
    )


@hookimpl
def bench_objectives() -> list[type[Objective]]:
    """Return the objective."""
    return [Evaluate]
