"""Telling from their signs of life which runs have gone."""

from __future__ import annotations

from collections.abc import Mapping

from .runs import holder_in


class Watch:
    """Looks now and then at the signs of life of runs, by name.

    One that has been the same for so many `looks` is of a run that is dead, stopped or cut off. Looks are
    counted, and no clocks compared: those of hosts differ, and time in which the one who looks stood still
    itself says nothing about others.
    """

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self._same: dict[str, tuple[bytes | None, int]] = {}

    def gone(self, beats: Mapping[str, bytes | None]) -> list[str]:
        """Look once; return the names of the runs that have gone. One without a sign, None, has at once."""
        self._same = {name: (beat, self._times(name, beat) + 1) for name, beat in beats.items()}
        return [name for name, beat in beats.items() if beat is None or self._is_silent(name, beat)]

    def _times(self, name: str, beat: bytes | None) -> int:
        earlier, times = self._same.get(name, (None, 0))
        return times if earlier == beat else 0

    def _is_silent(self, name: str, beat: bytes) -> bool:
        holder = holder_in(beat)
        return self._same[name][1] > self.looks or (holder is not None and holder.has_ended())
