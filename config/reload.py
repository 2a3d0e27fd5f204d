"""What differs between two configurations, and whether a running daemon can take it over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

from config.settings import Settings

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its path, both values as shown, and whether it takes effect without restart."""

    path: str
    old: str
    new: str
    reloads_live: bool


def changes(old: Settings, new: Settings) -> tuple[Change, ...]:
    """Every difference from old to new, in the order of the settings; secrets show as dots."""
    return tuple(_section(old, new, "", True))


def in_force(old: Settings, new: Settings) -> Settings:
    """The new settings as far as they take effect now; what needs a restart keeps its old value."""
    return _merged(old, new)


def _merged(old: BaseModel, new: M) -> M:
    kept: dict[str, Any] = {}
    for name, field in type(old).model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if extra.get("internal"):
            continue
        is_live = bool(extra.get("reloads_live", True))
        kept[name] = _taken(getattr(old, name), getattr(new, name), is_live)
    return new.model_copy(update=kept)


def _taken(old: Any, new: Any, is_live: bool) -> Any:
    if isinstance(old, BaseModel) and type(old) is type(new):
        return _merged(old, new)
    if isinstance(old, dict) and isinstance(new, dict):
        names = new if is_live else old
        return {
            name: _taken(old[name], new[name], True) if name in old and name in new else names[name]
            for name in names
        }
    return new if is_live else old


def _section(old: BaseModel, new: BaseModel, path: str, live: bool) -> list[Change]:
    found: list[Change] = []
    for name, field in type(old).model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if extra.get("internal"):
            continue
        secret = field.repr is False
        here = live and bool(extra.get("reloads_live", True))
        inner = f"{path}.{name}" if path else name
        found += _value(getattr(old, name), getattr(new, name), inner, here, secret)
    return found


def _value(old: Any, new: Any, path: str, live: bool, secret: bool) -> list[Change]:
    if old == new:
        return []
    if isinstance(old, BaseModel) and type(old) is type(new):
        return _section(old, new, path, live or path.count(".") > 0)
    if isinstance(old, dict) and isinstance(new, dict):
        found: list[Change] = []
        for name in [*old, *(name for name in new if name not in old)]:
            if name in old and name in new:
                found += _value(old[name], new[name], f"{path}.{name}", True, secret)
            else:
                found.append(Change(f"{path}.{name}", _shown(old.get(name)), _shown(new.get(name)), live))
        return found
    hidden = secret or isinstance(old, SecretStr)
    return [Change(path, "••••" if hidden else _shown(old), "••••" if hidden else _shown(new), live)]


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    text = "as written" if isinstance(value, BaseModel) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
