"""What can be said of measured figures, and how surely: arithmetic alone, nothing of records or tables.

The question is about the recipe: a fresh seed on a fresh example. Examples and seeds are crossed.
"""

from .family import Family, judge
from .jackknife import jackknife
from .scores import Scores, grouped

__all__ = ["Family", "Scores", "grouped", "jackknife", "judge"]
