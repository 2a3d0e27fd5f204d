"""From files to settings: read, resolve secrets, validate each part, then check the parts against each other.

Parts are validated one by one, so that a mistake in one campaign never hides those of another.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError, PydanticKnownError

from config import checks, secrets
from config.campaign import Campaign
from config.document import Document, Location, dig, read, read_text
from config.errors import ConfigErrors, Problem
from config.explain import explain
from config.node import Node
from config.parts import Origin, Parts
from config.profile import Profile, shipped
from config.settings import AgentDef, Settings
from config.unheard import unheard
from config.unsafe import unsafe

_UNRESOLVED = "unresolved, and told already"


def load(path: Path | str, *, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file and the campaign files it includes; raises ConfigErrors naming all mistakes."""
    main = Path(path)
    return _Loader(read(main), main.absolute(), os.environ if environment is None else environment).run()


def doubts(path: Path | str, *, environment: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """What a file allows though it is not safe or is a guess, each with its remedy; raises as `load` does."""
    main = Path(path)
    document = read(main)
    loader = _Loader(document, main.absolute(), os.environ if environment is None else environment)
    settings = loader.run()
    return (*unsafe(settings, document, main.absolute().parent), *unheard(loader.parts))


def parse(text: str, *, folder: Path | str = ".", environment: Mapping[str, str] | None = None) -> Settings:
    """The same for text already at hand; relative paths are from `folder`."""
    environment = os.environ if environment is None else environment
    return _Loader(read_text(text, "<text>"), Path(folder).absolute() / "<text>", environment).run()


@dataclass(slots=True)
class _Loader:
    document: Document
    path: Path
    environment: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    parts: Parts = field(default_factory=Parts)
    profiles: dict[str, Profile | None] = field(default_factory=dict)

    def run(self) -> Settings:
        self.problems += self.document.problems
        data = self.document.data
        if not isinstance(data, dict):
            if not self.problems:
                self._problem((), "must be a section of settings", "begin with nodes:")
            raise ConfigErrors(self.problems)
        data = dict(data)
        self._resolve_secrets(data)
        self._named(data, "profiles", Profile, self.profiles)
        self._campaigns(data)
        self._named(data, "nodes", Node, self.parts.nodes)
        self._named(data, "agents", AgentDef, self.parts.agents)
        settings = self._whole(data)
        self.problems += checks.cross(self.parts)
        if settings is not None:
            self.problems += checks.standby(settings, self.document)
            self.problems += checks.webhooks(settings, self.document)
            self.problems += checks.targets(settings, self.document)
            self.problems += checks.reports(settings, self.document)
            self.problems += checks.skills(settings, self.parts)
        if self.problems or settings is None:
            raise ConfigErrors(self.problems)
        return settings

    def _whole(self, data: dict[str, Any]) -> Settings | None:
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            known = {("nodes",), ("agents",), ("profiles",)}
            for problem in error.errors(include_url=False):
                if (
                    tuple(problem["loc"][:1]) in known
                    and len(problem["loc"]) > 2
                    and problem["loc"][2] != "[key]"
                ):
                    continue
                single = ValidationError.from_exception_data(error.title, [_line(problem)])
                self.problems += explain(single, Settings, self.document)
            return None
        folder = self.path.parent
        data_dir = folder / settings.data_dir
        return settings.model_copy(
            update={
                "campaigns": {
                    name: None if one is None else one.knowing_skills(settings.skills)
                    for name, one in self.parts.campaigns.items()
                },
                "data_dir": data_dir,
                "database": _database(settings.database, folder, data_dir),
                "file": self.path,
                "privacy": settings.privacy.found_from(folder),
                "web": None if settings.web is None else settings.web.found_from(folder),
                "recordings": settings.recordings.found_from(folder),
                "reports": tuple(one.found_from(folder) for one in settings.reports),
            }
        )

    def _resolve_secrets(self, data: dict[str, Any]) -> None:
        if "database" in data:
            url = self._secret(("database",), data["database"])
            data["database"] = "" if url == _UNRESOLVED else url
        broker = data.get("mqtt")
        if isinstance(broker, dict):
            data["mqtt"] = self._resolved(dict(broker), ("mqtt",), "password")
        self._resolve_webhooks(data)
        nodes = data.get("nodes")
        if not isinstance(nodes, dict):
            return
        data["nodes"] = nodes = dict(nodes)
        for name, written in nodes.items():
            if not isinstance(written, dict):
                continue
            nodes[name] = node = self._resolved(dict(written), ("nodes", name), "secret")
            if isinstance(node.get("fence"), dict):
                node["fence"] = self._resolved(dict(node["fence"]), ("nodes", name, "fence"), "secret")

    def _resolve_webhooks(self, data: dict[str, Any]) -> None:
        hooks = data.get("webhooks")
        if not isinstance(hooks, dict):
            return
        data["webhooks"] = hooks = dict(hooks)
        for name, written in hooks.items():
            if isinstance(written, dict):
                hooks[name] = hook = self._resolved(dict(written), ("webhooks", name), "secret")
                if hook.get("old_secret") is not None:
                    hook["old_secret"] = self._secret(("webhooks", name, "old_secret"), hook["old_secret"])

    def _resolved(self, section: dict[str, Any], location: Location, key: str) -> dict[str, Any]:
        if key in section:
            section[key] = self._secret((*location, key), section[key])
        if isinstance(section.get("tls_ca_file"), str):
            section["tls_ca_file"] = self._file((*location, "tls_ca_file"), section["tls_ca_file"])
        return section

    def _secret(self, location: Location, value: object) -> str:
        try:
            return secrets.resolve(value, self.environment, self.path.parent)
        except PydanticCustomError as error:
            context = error.context or {}
            self._problem(
                location, str(context.get("text") or error.message()), str(context.get("hint") or "")
            )
            return _UNRESOLVED

    def _file(self, location: Location, name: str) -> str:
        path = self.path.parent / name
        if not path.is_file():
            self._problem(location, f"there is no file {path}", "paths are from this file's folder")
        return str(path)

    def _named(
        self, data: dict[str, Any], section: str, model: type[BaseModel], into: dict[str, Any]
    ) -> None:
        entries = data.get(section)
        if not isinstance(entries, dict):
            return
        for name, entry in entries.items():
            origin = Origin(self.document, (section, name), "")
            into[name] = self._validated(model, entry, origin)
            self.parts.origins[(section, name)] = origin

    def _campaigns(self, data: dict[str, Any]) -> None:
        inline = data.pop("campaigns", None)
        if isinstance(inline, dict):
            for name, entry in inline.items():
                self._campaign(str(name), entry, Origin(self.document, ("campaigns", name), ""))
        elif inline is not None:
            data["campaigns"] = inline  # of a wrong type: the model says so
        include = data.get("include")
        if isinstance(include, list):
            for index, pattern in enumerate(include):
                if isinstance(pattern, str):
                    self._include(index, pattern)

    def _include(self, index: int, pattern: str) -> None:
        folder = self.path.parent
        found = sorted(glob.glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - absolute patterns too
        if not found:
            self._problem(
                ("include", index), f"matches no file in {folder}", "add a campaign's file or remove it"
            )
        for name in found:
            path = folder / name
            shown = Path(self.document.file).parent / name
            document = read(path, str(shown))
            self.problems += document.problems
            if not isinstance(document.data, dict) and not document.problems:
                self.problems.append(document.problem((), "must be a section of settings"))
            if isinstance(document.data, dict):
                written = document.data.get("id")
                campaign_id = written if isinstance(written, str) else path.stem
                self._campaign(campaign_id, document.data, Origin(document, (), f"campaigns.{campaign_id}"))

    def _campaign(self, campaign_id: str, entry: object, origin: Origin) -> None:
        known = self.parts.origins.get(("campaigns", campaign_id))
        if known is not None:
            problem = origin.problem(
                ("id",), f"there is a campaign {campaign_id} already", f"see {known.document.file}"
            )
            self.problems.append(problem)
            return
        if isinstance(entry, dict):
            entry = {**entry, "id": entry.get("id", campaign_id), "name": entry.get("name", campaign_id)}
            names = entry.get("profiles")
            if isinstance(names, list):
                entry["profiles"] = [self._profile(name) for name in names]
        self.parts.origins[("campaigns", campaign_id)] = origin
        self.parts.campaigns[campaign_id] = self._validated(Campaign, entry, origin)

    def _profile(self, name: object) -> object:
        if not isinstance(name, str):
            return name
        ours = {
            key: one.model_copy(update={"id": key}) for key, one in self.profiles.items() if one is not None
        }
        found = ours.get(name) or shipped().get(name)
        # An unknown name is left for the model to refuse, in its own words.
        return name if found is None else found.knowing(self._parts_of(ours))

    @staticmethod
    def _parts_of(ours: Mapping[str, Profile]) -> list[Profile]:
        """An own profile in a shipped one's place is about the same part, whether it says so or not."""
        known = shipped()
        return [
            one.model_copy(update={"area": known[key].area}) if one.area is None and key in known else one
            for key, one in ours.items()
        ]

    def _validated(self, model: type[Any], entry: object, origin: Origin) -> Any:
        try:
            return model.model_validate(entry)
        except ValidationError as error:
            self.problems += explain(error, model, origin.document, origin.location, origin.prefix_for_paths)
            return None

    def _problem(self, location: Location, message: str, hint: str = "") -> None:
        at_value = dig(self.document.data, location) is not None
        self.problems.append(self.document.problem(location, message, hint, at_value=at_value))


def _line(problem: Any) -> Any:
    context = problem.get("ctx") or {}
    if "text" in context:
        kind: Any = PydanticCustomError(problem["type"], "{text}", context)
        return {"type": kind, "loc": problem["loc"], "input": None}
    try:
        PydanticKnownError(problem["type"], context)
    except KeyError:  # a type's own error, such as that of a path that is a list
        kind = PydanticCustomError("value", "{text}", {"text": str(problem["msg"]), "hint": ""})
        return {"type": kind, "loc": problem["loc"], "input": None}
    return {"type": problem["type"], "loc": problem["loc"], "input": None, "ctx": context}


def _database(url: str, folder: Path, data_dir: Path) -> str:
    """A relative sqlite path is from the file's folder; none at all is a file in the data folder."""
    if not url:
        return f"sqlite:///{data_dir / 'dialer.db'}"
    head, slashes, path = url.partition(":///")
    if head == "sqlite" and slashes and path != ":memory:" and not Path(path).is_absolute():
        return f"sqlite:///{folder / path}"
    return url
