"""A daemon in this process that can die as by kill -9: what was in its memory is gone, what it had written stays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import config
from dialer.control import Control
from dialer.lab.robots import Robots
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import outside
from storage.errors import JournalClosed


class Mortal:
    """Lives of one daemon, one after the other, with agents who work by themselves."""

    def __init__(self, settings: config.Settings, *, wrap_s: float = 0.3) -> None:
        self.settings = settings
        self.lives = 0
        self.found: list[str] = []
        self.facts: list[Mapping[str, Any]] = []
        self.control: Control
        self._robots = Robots(lambda: wrap_s, lambda: "done")

    @property
    def dialer(self) -> Dialer:
        """The present life."""
        return self.control.dialer

    async def start(self) -> None:
        """Begin a life."""
        Path(self.settings.data_dir).mkdir(parents=True, exist_ok=True)
        dialer = Dialer(self.settings, listener=self._hear, durable=False)
        await dialer.start()
        self.control = self._robots.control = Control(dialer)
        self.lives += 1

    async def kill(self) -> None:
        """End this life with no word to anybody and nothing more written."""
        dialer = self.dialer
        self._note()
        self._robots.control = None
        self._forget(dialer)
        dialer.listening._stop()
        await dialer.listening._tasks.close()
        for runner in dialer.floors.values():
            runner._closed = True
        await dialer._tasks.close()
        for node in dialer.nodes.values():
            await node.close()
        for runner in dialer.floors.values():
            await runner.close()
        for outreach in dialer.outreach.values():
            await outreach.close()
        await self.control.close()
        await dialer.books._tasks.close()
        await outside("database", dialer.db.close(), 30.0)

    async def close(self) -> None:
        """End this life in order."""
        self._note()
        await self._robots.close()
        await self.control.close()
        await self.dialer.close()

    def _note(self) -> None:
        for runner in self.dialer.floors.values():
            self.found += runner.watch.found
            self.found += [why for source, why in runner.floor.forbidden.items() if source == "floor"]

    def _hear(self, campaign: str, fact: Mapping[str, Any]) -> None:
        self.facts.append(fact)
        self._robots.hear(campaign, fact)

    @staticmethod
    def _forget(dialer: Dialer) -> None:
        """What the journal's thread has not taken yet dies with the process."""
        journal = dialer.books._journal
        journal._writer._write = lambda _: None  # type: ignore[method-assign]

        def refuse(_: Mapping[str, Any]) -> int:
            raise JournalClosed

        journal.append = refuse  # type: ignore[method-assign, assignment]
        dialer.books._lost = 1  # nobody is told any more
        journal._closed = True
        journal._writer.stop()
        os.close(journal._lock)
