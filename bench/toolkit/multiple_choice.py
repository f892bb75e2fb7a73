"""What authors of multiple-choice tasks reuse: by likelihood, or by a trained scorer of choices.

The task's value is used when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import Field

from ..api import (
    Batch,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Figure,
    Metrics,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
)
from ..errors import UnsuitableError
from .additive import Additive
from .likelihood import ASKED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .texts import TextProcessor

LOGITS = "logits"
LIKELIHOODS = "log_likelihoods"
"""What scores are called, `[N, most choices]`: those of a scorer, or sums over the tokens of a choice."""


class MultipleChoice(Task):
    """Which of several choices answers a question, or goes on from a text. Questions may have unlike many.

    A causal language model as it is takes the choice that it finds likeliest after the question, by the sum
    of its tokens' log-likelihoods, as `acc` of lm-evaluation-harness; or by that sum for each byte of the
    choice, as its `acc_norm` (where all is ASCII, as that counts characters). A trained scorer is a linear
    layer over the pooled vector of the question with each choice.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "accuracy",
            doc="share of the questions whose right choice has the highest score, or log-likelihood",
            better="higher",
            mean_of="correct",
        ),
        Figure(
            "normalised_accuracy",
            doc="the same by the log-likelihood for each byte of a choice; of language models as they are",
            better="higher",
        ),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "choice"
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "text": (
            ("question", "choices"),
            ("prompt", "choices"),
            ("ctx", "endings"),
            ("query", "choices"),
            ("text", "choices"),
        ),
        "label": ("answer", "gold"),
    }
    by_class: ClassVar[bool] = False
    asks: ClassVar[frozenset[str]] = frozenset({ASKED})

    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the linear head")

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return a row for each choice; targets are `label`, `asked`, and the `bytes` of each choice.

        Raises UnsuitableError for an input that is no question with choices, and an answer among none.
        """
        import numpy as np

        from .choices import check_choices, pack_rows, right_choice, row_of
        from .likelihood import ask

        tokens = cast("TextProcessor", processor)
        try:
            check_choices(example.input)
            prompt, choices = example.input
            right = None if example.target is None else right_choice(choices, example.target)
        except ValueError as error:
            raise UnsuitableError(f"holds {error}") from error
        rows = [row_of(tokens, prompt, choice) for choice in choices]
        targets = {
            ASKED: np.concatenate([ask(row.ids, row.chosen) for row in rows]),
            "bytes": np.array([len(choice.encode(errors="surrogatepass")) for choice in choices], np.int32),
        }
        label = {} if right is None else {"label": np.array(right, dtype=np.int64)}
        return Sample(pack_rows(rows, tokens), targets | label)

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return choices as rows `[R, L]`; targets: `label` `[N]`, `asked`, `bytes` `[N, choices]`."""
        import torch

        from .likelihood import collate_asked
        from .texts import pad
        from .windows import collate_windows

        inputs, rows = collate_windows(samples)
        found = [cast("Mapping[str, NDArray[Any]]", sample.targets) for sample in samples]
        targets = {
            ASKED: collate_asked([target[ASKED] for target in found]),
            "bytes": pad([target["bytes"] for target in found], 1),
        }
        if "label" in found[0]:
            targets["label"] = torch.tensor([int(target["label"]) for target in found])
        return Batch(inputs, targets, range(len(samples)), rows=rows)

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return dropout and a linear layer with one output over the pooled features."""
        from .choice_heads import ChoiceScorer

        return ChoiceScorer(encoder.spec.pooled, self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return what sums log-likelihoods; None if the encoder is no causal language model."""
        from .choice_heads import ChoiceLikelihood
        from .likelihood import language_model

        model = language_model(encoder)
        return None if model is None else ChoiceLikelihood(model)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean cross-entropy over the choices of a question."""
        from torch.nn.functional import cross_entropy

        from .choice_heads import by_question

        return cross_entropy(by_question(head(features).float(), features), targets["label"])

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return `logits`, or `log_likelihoods` of a language model, `[N, most choices]`.

        Where a question has fewer choices, the lowest number stands.
        """
        from .choice_heads import ChoiceLikelihood, by_question

        name = LIKELIHOODS if isinstance(head, ChoiceLikelihood) else LOGITS
        return {name: by_question(head(features), features)}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the choice of each question, and its probability among the choices."""
        probabilities, found = _scores(predictions).double().softmax(dim=1).max(dim=1)
        each = zip(inputs, found.tolist(), probabilities.tolist(), strict=True)
        return [{"choice": choices[at], "probability": share} for (_, choices), at, share in each]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return accuracy, and the normalised one of likelihoods."""
        return ChoiceMetrics()


class ChoiceMetrics(Additive):
    """Accuracy by the highest score, and of likelihoods by the highest one for each byte as well."""

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Tensor]:
        """Return both choices, and whether they agree, `[N]` each."""
        scores = _scores(predictions)
        label, prediction = targets["label"].to(scores.device), scores.argmax(dim=1)
        found = {"target": label, "prediction": prediction, "correct": prediction == label}
        if LIKELIHOODS in predictions:
            normalised = scores / targets["bytes"].to(scores.device)
            found["correct_by_bytes"] = normalised.argmax(dim=1) == label
        return found

    def of_sums(self, sums: Mapping[str, NDArray[Any]], count: float) -> dict[str, float]:
        """Return the figures; none of no questions."""
        names = {"accuracy": "correct", "normalised_accuracy": "correct_by_bytes"}
        return {figure: float(sums[name]) / count for figure, name in names.items() if name in sums and count}


def _scores(predictions: Predictions) -> Tensor:
    scores: Tensor = predictions[LIKELIHOODS if LIKELIHOODS in predictions else LOGITS]
    return scores
