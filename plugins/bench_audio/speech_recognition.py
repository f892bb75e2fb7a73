"""Task `speech-recognition`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import Field

from bench import (
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
    UnsuitableError,
    hookimpl,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

    from bench.toolkit.transcribing import Transcriber


class SpeechRecognition(Task):
    """What is said in a sound, as a text.

    A model that writes brings what it writes with, such as Whisper's decoder. For all others, or with
    `writer: ctc`, there is a linear layer over the states of a sound, which says at each of them which byte
    of the text is heard, if any (CTC), and is read greedily.
    """

    name: ClassVar[str] = "speech-recognition"
    modality: ClassVar[str] = "audio"
    primary: ClassVar[Figure] = Figure(
        "word_error_rate",
        doc="words that must be put in, taken out or replaced, of all texts, against words; as jiwer's",
        better="lower",
    )
    figures: ClassVar[tuple[Figure, ...]] = (
        primary,
        Figure("character_error_rate", doc="the same with characters, spaces among them", better="lower"),
    )
    target: ClassVar[str | None] = "text"
    columns: ClassVar[Mapping[str, Sequence[str | tuple[str, ...]]]] = {
        "label": ("text", "sentence", "transcript", "transcription", "normalized_text")
    }
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})
    by_class: ClassVar[bool] = False

    normalise: bool = Field(
        True, description="learn and compare texts in small letters and without punctuation"
    )
    writer: Literal["own", "ctc"] = Field(
        "own", description="what the model itself writes with, where it can, or in any case a fresh CTC layer"
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="dropout before a fresh CTC layer")

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's samples, and the `text`.

        Raises UnsuitableError for a text without words.
        """
        from .error_rates import normalised

        inputs = processor(example.input)
        if example.target is None:
            return Sample(inputs, {})
        text = normalised(example.target) if self.normalise else example.target.strip()
        if not text:
            raise UnsuitableError(f"holds the text {example.target!r}, in which there are no words")
        return Sample(inputs, {"text": text})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return inputs `samples`, `[N, L]` with L the longest, and `lengths`, `[N]`; and the texts."""
        from bench.toolkit.sounds import collate_sounds

        texts = [sample.targets["text"] for sample in samples if sample.targets]
        return Batch(collate_sounds(samples), {"text": texts} if texts else {}, range(len(samples)))

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return what the encoder itself writes with, or a linear layer over its states.

        Raises UnsuitableError if it gives no states.
        """
        from bench.toolkit.transcribing import ByteCtcHead

        own = self.native_head(encoder, info) if self.writer == "own" else None
        if own is not None:
            return own
        if not encoder.spec.channels:
            raise UnsuitableError(
                "the backbone gives no states of a sound over time, of which a text is read"
            )
        return ByteCtcHead(encoder.spec.channels[-1], self.dropout)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return what the encoder was pretrained to write with; None if there is nothing."""
        from bench.toolkit.transcribing import TRANSCRIBER

        built = (part.build() for part in encoder.native if part.role == TRANSCRIBER)
        return next(built, None)

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean loss of writing the texts."""
        return cast("Transcriber", head).loss(features, targets["text"])

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the texts that are heard."""
        return {"text": cast("Transcriber", head).texts(features)}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the text of each example."""
        return [{"text": text} for text in predictions["text"]]

    def metrics(self, info: DatasetInfo) -> Metrics:
        """Return both error rates."""
        from .error_rates import ErrorRates

        return ErrorRates(normalise=self.normalise)


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [SpeechRecognition]
