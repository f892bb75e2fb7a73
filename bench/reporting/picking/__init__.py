"""What to take under given limits: the best row that surely keeps them, its price, and what to run next."""

from .choosing import choose
from .limits import parse_limits
from .picking import pick
from .rendering import to_json, to_markdown_page, to_text
from .values import Limit, Wish

__all__ = ["Limit", "Wish", "choose", "parse_limits", "pick", "to_json", "to_markdown_page", "to_text"]
