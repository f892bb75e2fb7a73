"""What authors of tasks reuse whose answers are texts: tokens to be written, a decoder, and texts.

Inherit from `TextToText` and say how texts are judged. The task's value is used when planning, so torch is
imported inside the verbs only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from pydantic import Field, model_validator

from ..api import (
    Batch,
    DatasetInfo,
    Encoder,
    Example,
    Features,
    Inputs,
    Predictions,
    Processor,
    Sample,
    Targets,
    Task,
)
from ..errors import UnsuitableError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .generation import Decoder, TextHead
    from .texts import TextProcessor


class TextToText(Task):
    """A text is asked for; predictions are `{"text": [N texts]}`.

    Targets are `references`, the texts that are right, as a JSON list, and `ids` and `mask`, `[N, T]`, the
    tokens of the first of them, which is learnt.
    """

    modality: ClassVar[str] = "text"
    target: ClassVar[str | None] = "texts"
    by_class: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset({"maps", "memory"})

    prefix: str = Field("", description="what is put before each text, as T5 expects it: `summarize: `")
    separator: str = Field(
        "\n",
        min_length=1,
        description="what a causal model reads between a text and what it writes: `\\nTL;DR:`",
    )
    max_new_tokens: int = Field(64, ge=1, description="tokens of what is written at most, its end included")
    beams: int | None = Field(
        None,
        ge=1,
        description="texts that are searched at a time; 1, or what the model's own decoder is set to",
    )
    decoder: Literal["own", "fresh"] = Field(
        "own", description="the model's own decoder, where it has one, or in any case a fresh one"
    )
    layers: int = Field(2, ge=1, description="layers of a fresh decoder")
    width: int = Field(256, ge=2, multiple_of=2, description="width of a fresh decoder")
    heads: int = Field(4, ge=1, description="heads of its attention; they share the width")
    dropout: float = Field(0.1, ge=0, lt=1, description="dropout in a fresh decoder")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target spread over all tokens")

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} cannot be shared by {self.heads} heads")
        return self

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the tokens of a text, and of what is to be written about it.

        Raises UnsuitableError for a text that is empty or holds NUL.
        """
        from .alignment import parts

        first, second = parts(example.input)
        for text in (first, second or ""):
            _demand_no_nul(text)
        joined = self.prefix + first
        inputs = processor(joined if second is None else (joined, second))
        if example.target is None:
            return Sample(inputs, {})
        references = [example.target] if isinstance(example.target, str) else list(example.target)
        for text in references:
            _demand_text(text)
        ids, remarks = self._ids(references[0], _tokens(processor))
        remarks = [remark for remark in (getattr(inputs, "remark", ""), *remarks) if remark]
        return Sample(
            Inputs(inputs, "; ".join(remarks)),
            {"references": json.dumps(references, ensure_ascii=False), "ids": ids},
        )

    def _ids(self, text: str, processor: TextProcessor) -> tuple[Any, list[str]]:
        """Return the tokens of a text that is to be written, and what they lack of it."""
        whole = processor.tokens(text)
        cut = len(whole) > self.max_new_tokens
        remarks = [f"target cut to {self.max_new_tokens} tokens"] if cut else []
        if processor.decode(whole.tolist()).split() != text.split():
            remarks.append("target is not as the tokenizer can write it")
        return whole[: self.max_new_tokens], remarks

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return inputs `ids` and `mask` (and `types`), `[N, L]` with L the longest, and targets."""
        import numpy as np
        import torch

        from .texts import collate_tokens, pad

        inputs = collate_tokens(samples)
        if not samples[0].targets:
            return Batch(inputs, {}, range(len(samples)))
        rows = [np.asarray(sample.targets["ids"]) for sample in samples]
        ids = pad(rows)
        mask = torch.arange(ids.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
        references = [sample.targets["references"] for sample in samples]
        return Batch(inputs, {"references": references, "ids": ids, "mask": mask}, range(len(samples)))

    def head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module:
        """Return the encoder's own decoder, or a fresh one.

        Raises UnsuitableError if it gives no states of tokens, or its tokens cannot be made texts.
        """
        from .decoder import TransformerDecoder

        own = self.native_head(encoder, info) if self.decoder == "own" else None
        if own is not None:
            return own
        if not encoder.spec.channels:
            raise UnsuitableError("the backbone gives no states for a decoder to read")
        processor = _tokens(encoder.processor)
        decoder = TransformerDecoder(
            encoder.spec.channels[-1],
            processor.vocabulary.size,
            layers=self.layers,
            width=self.width,
            heads=self.heads,
            dropout=self.dropout,
        )
        return self._writing(decoder, processor)

    def native_head(self, encoder: Encoder, info: DatasetInfo) -> nn.Module | None:
        """Return the decoder that the encoder was pretrained with; None if there is none.

        Raises UnsuitableError if texts may be too long for it.
        """
        built = (part.build() for part in encoder.native if part.role == "decoder")
        decoder = cast("Decoder | None", next(built, None))
        if decoder is None:
            return None
        processor = _tokens(encoder.processor)
        decoder.separator = processor.tokens(self.separator).tolist()
        self._demand_room(decoder, processor)
        return self._writing(decoder, processor)

    def _writing(self, decoder: Decoder, processor: TextProcessor) -> TextHead:
        from .generation import TextHead

        return TextHead(decoder, processor, limit=self.max_new_tokens, beams=self.beams)

    def _demand_room(self, decoder: Decoder, processor: TextProcessor) -> None:
        longest = processor.max_length + len(decoder.separator) + self.max_new_tokens
        if decoder.room is not None and longest > decoder.room:
            raise UnsuitableError(
                f"texts of {processor.max_length} tokens, and {self.max_new_tokens} that are written about "
                f"them, do not fit into the model, which has room for {decoder.room}; lower the backbone's "
                "max_length, or the task's max_new_tokens"
            )

    def loss(self, head: nn.Module, features: Features, targets: Targets) -> Tensor:
        """Return the mean cross-entropy of the tokens to be written, each after those before it."""
        from torch.nn.functional import cross_entropy

        from .generation import IGNORED

        logits, wanted = (
            part[:, : self.max_new_tokens] for part in head(features, targets["ids"], targets["mask"])
        )
        return cross_entropy(
            logits.flatten(0, 1).float(),
            wanted.flatten(),
            ignore_index=IGNORED,
            label_smoothing=self.label_smoothing,
        )

    def predict(self, head: nn.Module, features: Features) -> Predictions:
        """Return the texts that are written."""
        return {"text": cast("TextHead", head).texts(features)}

    def postprocess(
        self, predictions: Predictions, info: DatasetInfo, inputs: Sequence[Any], processor: Processor
    ) -> Sequence[Mapping[str, Any]]:
        """Return the text of each example."""
        return [{"text": text} for text in predictions["text"]]


def references_of(targets: Targets) -> Iterator[Sequence[str]]:
    """Give for each example of a batch the texts that are right."""
    return (json.loads(texts) for texts in targets["references"])


def _tokens(processor: Processor) -> TextProcessor:
    if not hasattr(processor, "tokens") or not hasattr(processor, "decode"):
        raise UnsuitableError("the backbone's processor makes no texts of tokens; it must be a TextProcessor")
    return cast("TextProcessor", processor)


def _demand_text(text: Any) -> None:
    if not isinstance(text, str):
        raise UnsuitableError(f"a {type(text).__name__} where a text to be written belongs")
    if not text.strip():
        raise UnsuitableError("an empty text is to be written")
    _demand_no_nul(text)


def _demand_no_nul(text: str) -> None:
    if "\0" in text:
        raise UnsuitableError("a text with a NUL character")
