"""Inputs of tables that are files of their own, by the setting that names their column: images and sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import DataError, NewInput
from bench.toolkit.inputs import image_input, image_inputs, sound_input, sound_inputs
from bench.toolkit.messages import one_line


def _read_image(source: Path | bytes, where: str) -> Any:
    from bench.toolkit.images import read_image

    return read_image(source, where)


def _read_sound(source: Path | bytes, where: str) -> Any:
    from bench.toolkit.sounds import read_sound

    return read_sound(source, where)


@dataclass(frozen=True)
class Medium:
    """How files of a kind are read: in tables, given alone, and by a line with a path.

    `feature` is what the `datasets` library calls a column of them, `plural` what messages do.
    """

    feature: str
    plural: str
    read: Callable[[Path | bytes, str], Any]
    new_inputs: Callable[[Path], Iterator[NewInput]]
    new_input: Callable[[str], Any]


MEDIA: Mapping[str, Medium] = {
    "image": Medium("Image", "images", _read_image, image_inputs, image_input),
    "audio": Medium("Audio", "sounds", _read_sound, sound_inputs, sound_input),
}


def read_file_of(kind: str, value: Any, folder: Path | None, where: str) -> Any:
    """Return what a value of a table stands for: the bytes of a file, its path from a folder, or both.

    Raises DataError, which says `where`, if it is neither, or cannot be read.
    """
    content = value.get("bytes") if isinstance(value, Mapping) else value
    name = value.get("path") if isinstance(value, Mapping) else value
    if isinstance(content, bytes):
        return MEDIA[kind].read(content, where)
    if not isinstance(name, str):
        raise DataError(f"{where}: holds {one_line(repr(name), 60)}, neither a file's bytes nor its path")
    if folder is None:
        raise DataError(f"{where}: holds no bytes, and a path from nowhere")
    return MEDIA[kind].read(folder / name, where)
