"""audiofolder: sounds in folders named for their class, in folders named for their split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import Dataset, NewInput, hookimpl
from bench.toolkit.inputs import sound_input, sound_inputs

from .class_folders import ClassFolders


class AudioFolder(ClassFolders):
    """`path/split/class/*.wav`, split being a folder whose name says train, val or test, in any case.

    So do `training`; `valid`, `validation`, `dev`, `eval`, `evaluation`; `testing`; and names with such a
    word in them, as in `train_sounds`. The class folders must be the same in all splits, unless `classes`
    says which there are. Other folders beside those of splits, files of other types, and hidden ones, are
    passed over; the record's `data` names the folders, and how many files of which types. Sound is read by
    soundfile, which `pip install 'transferbench[audio]'` brings.
    """

    name: ClassVar[str] = "audiofolder"
    suffixes: ClassVar[frozenset[str]] = frozenset(
        {".aif", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".w64", ".wav"}
    )
    kind: ClassVar[str] = "sounds"

    task: str | dict[str, Any] = Field("audio-classification", description="task it is for")

    def reader(self) -> Callable[[Path, str], Any]:
        """Return what decodes a sound file."""
        from bench.toolkit.sounds import read_sound

        return read_sound

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the sound of a file."""
        return sound_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the sound of a file by its path."""
        return sound_input(line)


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [AudioFolder]
