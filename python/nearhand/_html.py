"""Small tables for notebooks. Every value is escaped: titles and reasons come from outside."""

from __future__ import annotations

import html
from typing import Any, Sequence


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return html.escape(str(value))


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> str:
    """A table; numbers stand right."""

    def one(value: Any) -> str:
        right = isinstance(value, (int, float)) and not isinstance(value, bool)
        return f'<td style="text-align:{"right" if right else "left"}">{cell(value)}</td>'

    heads = "".join(f'<th style="text-align:left">{html.escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(one(value) for value in row)}</tr>" for row in rows)
    told = f'<caption style="text-align:left;caption-side:top">{html.escape(caption)}</caption>' if caption else ""
    return f"<table>{told}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
