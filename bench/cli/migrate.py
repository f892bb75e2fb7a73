"""`bench migrate`: records of earlier versions, rewritten in today's format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import StoreError


def migrate(
    results: Annotated[Path, typer.Argument(help="Folder of one suite's results, or of all suites'.")],
) -> None:
    """Rewrite records that earlier versions wrote; those of newer versions are left as they are."""
    from ..records.store import Store

    folders = [path.parent for path in sorted((*results.glob("cells"), *results.glob("*/cells")))]
    if not folders:
        raise StoreError(f"{results}: holds no records; give the folder that `bench run` wrote into")
    migrated = 0
    for store in map(Store, folders):
        migrated += store.migrate()
        store.records()
        for line in store.unreadable:
            print(f"warning: {line}", file=sys.stderr)
    print(f"records rewritten: {migrated}")
