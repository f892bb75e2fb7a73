"""The spoken digits of FSDD, with their words in place of their numbers."""

from __future__ import annotations

from pathlib import Path

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spelled(data: Path, folder: Path, *splits: str) -> Path:
    """Write parquet files of sounds, texts and speakers into a folder, of all splits or some; return it."""
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir()
    for path in sorted(data.glob("*.parquet")):
        if splits and not path.name.startswith(splits):
            continue
        table = parquet.read_table(path)
        words = [WORDS[label] for label in table.column("label").to_pylist()]
        columns = {"audio": table.column("audio"), "text": words, "speaker": table.column("speaker")}
        parquet.write_table(pa.table(columns), folder / path.name)
    return folder
