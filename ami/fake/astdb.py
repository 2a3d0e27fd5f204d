"""AstDB: families and keys that outlive a restart of the switch."""

from __future__ import annotations


class AstDb:
    """Keys are paths, `/family/key`; values are text."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def put(self, family: str, key: str, value: str) -> None:
        """Writes one key."""
        self._values[_path(family, key)] = value

    def get(self, family: str, key: str) -> str | None:
        """One value, or None."""
        return self._values.get(_path(family, key))

    def delete(self, family: str, key: str) -> bool:
        """Whether the key was there."""
        return self._values.pop(_path(family, key), None) is not None

    def tree(self, family: str = "", key: str = "") -> list[tuple[str, str]]:
        """All paths below a family (and key), with their values, in order."""
        top = _path(family, key) if key else f"/{family}" if family else ""
        return sorted(
            (path, value) for path, value in self._values.items() if path == top or path.startswith(top + "/")
        )

    def delete_tree(self, family: str, key: str = "") -> int:
        """How many keys went."""
        paths = [path for path, _ in self.tree(family, key)]
        for path in paths:
            del self._values[path]
        return len(paths)


def _path(family: str, key: str) -> str:
    return f"/{family}/{key}"
