"""What a panel says to whom moves it."""

from __future__ import annotations

import html

from ..figures.style import VERMILLION


def complaint(reason: object) -> str:
    """Why something cannot be shown, as HTML in a colour that stands out."""
    return f'<span style="color:{VERMILLION}">{html.escape(str(reason))}</span>'
