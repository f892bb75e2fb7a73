"""`bench migrate`: records of earlier versions, rewritten in today's format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def migrate(
    results: Annotated[Path, typer.Argument(help="Folder of one suite's results, or of all suites'.")],
) -> None:
    """Rewrite records that earlier versions wrote; those of newer versions are left as they are."""
    from ..records.find import suite_folders
    from ..records.store import Store

    migrated = 0
    for store in map(Store, suite_folders(results)):
        migrated += store.migrate()
        store.records()
        for line in store.unreadable:
            print(f"warning: {line}", file=sys.stderr)
    print(f"records rewritten: {migrated}")
