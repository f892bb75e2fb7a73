"""What authors of extractive question answering reuse: a question's answer is a span of its context.

A context that a backbone cannot read at once is cut into windows, which are rows of one example. The task's
value is used when planning, so torch is imported inside the verbs only.
"""

from __future__ import annotations

import json
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
from .answers import read_answers, score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .alignment import Window
    from .texts import TextProcessor

LEAST = 18
"""Tokens of a window that leave room for a question, its context and the tokens that two windows share."""

MOST_WINDOWS = 1000
"""A context of more windows is most likely a mistake; it would take longer than all others together."""


class QuestionAnswering(Task):
    """Where in a context a question's answer is, if it is there: targets are `text` and `answer_start`.

    What is learned is the first of several answers; any of them is right.
    """

    figures: ClassVar[tuple[Figure, ...]] = (
        Figure("f1", doc="F1 by words with the nearest right answer", better="higher", mean_of="f1"),
        Figure(
            "exact_match",
            doc="share of the answers that are right, as SQuAD's official script has it",
            better="higher",
            mean_of="exact",
        ),
        Figure("has_answer_f1", doc="F1 of the questions that have an answer", better="higher"),
        Figure("has_answer_exact_match", doc="exact match of the same", better="higher"),
        Figure(
            "no_answer_accuracy",
            doc="share of the questions without an answer of which this is recognised",
            better="higher",
        ),
    )
    primary: ClassVar[Figure] = figures[0]
    target: ClassVar[str | None] = "spans"
    by_class: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "text": (("question", "context"),),
        "label": ("answers", "answer"),
    }

    stride: int = Field(128, ge=0, description="tokens that windows share; at most a third of a window")
    max_answer_length: int = Field(30, ge=1, description="tokens of the longest answer")
    unanswerable: bool = Field(
        False, description="whether questions may have no answer, as in SQuAD 2.0, whose rules then hold"
    )
    null_threshold: float = Field(
        0.0, description="by how much the logits of no answer must exceed those of the best one"
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before the linear head")

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return windows of tokens, where each token comes from, and where the answer is in each window.

        Raises UnsuitableError for what is no question with a context, or no answer in it.
        """
        from .windows import pack

        texts = _question_and_context(example.input)
        windows = self._windows(texts, processor)
        remark = f"cut into windows of {processor_of(processor).max_length} tokens"
        inputs = pack(windows, types=processor_of(processor).types, remark=remark if windows[1:] else "")
        if example.target is None:
            return Sample(inputs, {})
        return Sample(inputs, self._targets(windows, texts[1], example.target))

    def _windows(self, texts: tuple[str, str], processor: Processor) -> list[Window]:
        reader = processor_of(processor)
        if reader.max_length < LEAST:
            raise UnsuitableError(
                f"the backbone's max_length of {reader.max_length} tokens has no room for a question and its "
                f"context; it takes {LEAST}"
            )
        windows = reader.windows(texts, min(self.stride, reader.max_length // 3))
        if len(windows) > MOST_WINDOWS:
            raise UnsuitableError(
                f"the context of {len(texts[1]):,} characters is {len(windows):,} windows of "
                f"{reader.max_length} tokens, and {MOST_WINDOWS:,} are the most; divide it"
            )
        return windows

    def _targets(
        self, windows: Sequence[Window], context: str, target: Any
    ) -> Mapping[str, np.ndarray | str]:
        import numpy as np

        from .spans import locate, places

        answers = read_answers(target, context)
        if not answers and not self.unanswerable:
            raise UnsuitableError(
                "the question has no answer; allow this with the task's `unanswerable: true`"
            )
        ends = np.zeros((len(windows), 2), np.int32)
        if answers:
            start, text = answers[0]
            ends[:] = [locate(window, start, start + len(text)) for window in windows]
        return {
            **places(windows),
            "first": ends[:, 0],
            "last": ends[:, 1],
            "context": context,
            "answers": json.dumps([text for _, text in answers]),
        }

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return the windows of all samples as rows; targets `[N, T]` and `[N, R]` are padded with zeros."""
        from .texts import pad
        from .windows import collate_windows

        inputs, rows = collate_windows(samples)
        targets: dict[str, Any] = {}
        for name, value in samples[0].targets.items():
            values = [sample.targets[name] for sample in samples]
            targets[name] = values if isinstance(value, str) else pad(cast("list[np.ndarray]", values))
        return Batch(inputs, targets, range(len(samples)), rows=rows)

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return dropout and a linear layer over the states of tokens."""
        from .heads import TokenHead

        if not encoder.spec.channels:
            raise UnsuitableError("the backbone gives no states of tokens, which answers are found by")
        return TokenHead(encoder.spec.channels[-1], 2, self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the encoder's own finder of spans, `[R, L, 2]`; None if it has none."""
        builds = (part.build for part in encoder.native if part.role == "spans")
        return next((head for build in builds if (head := build()) is not None), None)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean cross-entropy of the ends of the answer in all windows."""
        from .spans import span_loss

        return span_loss(head(features), features, targets)

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the logits that a token is an answer's first or last, `start` and `stop`, `[N, T]` each."""
        from .spans import end_to_end

        start, stop = end_to_end(head(features), features).unbind(dim=2)
        return {"start": start, "stop": stop}

    def answers(
        self, predictions: Predictions, tokens: Mapping[str, Any], contexts: Sequence[str]
    ) -> list[tuple[int | None, str]]:
        """Return where the answer in each of N contexts begins, and its text; None and no text for no answer.

        `tokens` are `begin`, `end` and `window` of the contexts' tokens, `[N, T]` each (`spans.places`).
        """
        from .spans import best_spans

        spans = best_spans(predictions["start"], predictions["stop"], tokens, self.max_answer_length)
        none = spans.end <= spans.begin
        if self.unanswerable:
            none |= spans.null > spans.score + self.null_threshold
        ends = zip(spans.begin.tolist(), spans.end.tolist(), none.tolist(), contexts, strict=True)
        return [
            (None, "") if nothing else _stripped(context, begin, end) for begin, end, nothing, context in ends
        ]

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return each answer, and the character of the context that it begins at; None if there is none."""
        from .spans import places
        from .texts import pad

        texts = [_question_and_context(raw) for raw in inputs]
        rows = [places(self._windows(pair, processor)) for pair in texts]
        tokens = {name: pad([row[name] for row in rows]) for name in rows[0]}
        found = self.answers(predictions, tokens, [context for _, context in texts])
        return [{"answer": text, "answer_start": start} for start, text in found]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return exact match and F1 as SQuAD's official scripts compute them, between 0 and 1."""
        return SpanMetrics(self)


class SpanMetrics(Metrics):
    """Exact match and F1, of all questions and of those with and without an answer where there are both."""

    def __init__(self, task: QuestionAnswering) -> None:
        self.task = task

    def statistics(self, predictions: Predictions, targets: Targets) -> Mapping[str, Any]:
        """Return whether each answer is exact, its F1, whether there is one, and what was answered."""
        import torch

        answers = [text for _, text in self.task.answers(predictions, targets, targets["context"])]
        truths = [json.loads(truth) for truth in targets["answers"]]
        pairs = zip(answers, truths, strict=True)
        scores = [score(answer, right, unanswerable=self.task.unanswerable) for answer, right in pairs]
        return {
            "exact": torch.tensor([exact for exact, _ in scores]),
            "f1": torch.tensor([f1 for _, f1 in scores], dtype=torch.float64),
            "answerable": torch.tensor([bool(right) for right in truths]),
            "answer": answers,
        }

    def compute(
        self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any] | None = None
    ) -> dict[str, float]:
        """Return the figures; those of one kind of questions only where there are both."""
        import numpy as np

        answerable = statistics["answerable"].astype(bool)
        weights = np.ones(len(answerable)) if weights is None else np.asarray(weights, np.float64)
        figures = self._means(statistics, weights)
        having, lacking = weights * answerable, weights * ~answerable
        if having.any() and lacking.any():
            own = self._means(statistics, having)
            figures |= {f"has_answer_{name}": value for name, value in own.items()}
            figures["no_answer_accuracy"] = self._means(statistics, lacking)["exact_match"]
        return figures

    def _means(self, statistics: Mapping[str, NDArray[Any]], weights: NDArray[Any]) -> dict[str, float]:
        total = weights.sum()
        if not total:
            return {}
        means = {
            "f1": statistics["f1"] @ weights / total,
            "exact_match": statistics["exact"] @ weights / total,
        }
        return {name: float(value) for name, value in means.items()}


def processor_of(processor: Processor) -> TextProcessor:
    """Return a processor as one of texts; raises UnsuitableError if it cuts none into windows."""
    if not hasattr(processor, "windows"):
        raise UnsuitableError("the backbone's processor cuts no texts into windows; it needs a TextProcessor")
    return cast("TextProcessor", processor)


def _question_and_context(raw: Any) -> tuple[str, str]:
    if not isinstance(raw, tuple) or len(raw) != 2:
        raise UnsuitableError("the input is no pair of a question and a context")
    question, context = raw
    if not isinstance(question, str) or not isinstance(context, str):
        raise UnsuitableError("question and context must each be a text, not a list")
    if not context.strip():
        raise UnsuitableError("the context is empty")
    return question, context


def _stripped(context: str, begin: int, end: int) -> tuple[int, str]:
    """Return a span without the white space that some tokens begin with."""
    text = context[begin:end]
    return begin + len(text) - len(text.lstrip()), text.strip()
