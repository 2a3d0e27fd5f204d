"""A reload knows what changed and what needs a restart."""

from __future__ import annotations

import config
from tests.unit.config.test_loading import BASE


def settings(text: str) -> config.Settings:
    return config.parse(text, environment={})


def test_nothing_changed_is_no_change() -> None:
    assert config.changes(settings(BASE), settings(BASE)) == ()


def test_a_live_setting_and_one_that_needs_a_restart_are_told_apart() -> None:
    new = BASE.replace("host: 127.0.0.1", "host: 127.0.0.2") + "    wrap_up_max_s: 30\n"
    host, wrap_up = config.changes(settings(BASE), settings(new))
    assert (host.path, host.reloads_live) == ("nodes.pbx1.host", False)
    assert (wrap_up.path, wrap_up.old, wrap_up.new, wrap_up.reloads_live) == (
        "campaigns.spring.wrap_up_max_s",
        "120.0",
        "30.0",
        True,
    )


def test_a_secret_is_never_shown() -> None:
    (change,) = config.changes(settings(BASE), settings(BASE.replace("hidden-word", "other-word")))
    assert change.path == "nodes.pbx1.secret"
    assert "word" not in change.old + change.new


def test_a_campaign_added_is_one_change() -> None:
    new = BASE + "  winter:\n" + "\n".join(BASE.split("  spring:\n")[1].splitlines()) + "\n"
    (change,) = config.changes(settings(BASE), settings(new))
    assert (change.path, change.old) == ("campaigns.winter", "none")
