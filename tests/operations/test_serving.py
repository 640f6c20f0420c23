"""What the processes of the site are set to."""

from __future__ import annotations

import pytest

from operations import sites


@pytest.mark.parametrize(("role", "limit"), [("pages", 800), ("sql", 1000), (None, 1000)])
def test_a_role_keeps_the_settings_that_it_does_not_change(role: str | None, limit: int) -> None:
    settings = sites.settings_of(role)
    assert settings["sql_time_limit_ms"] == limit and settings["max_returned_rows"] == 1000
