"""Find an Asterisk 22, or get one: from the distribution where it has one, else into a cache by debootstrap.

Runs with the standard library alone, so that `.ci/parts` can call it before anything is installed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.lab.errors import AsteriskMissing, LabError

OLDEST = 22
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-wav")
SUITE = "forky"  # the first Debian release since 11 with an Asterisk, and with version 22
SCRIPT = "sid"  # an older debootstrap has no script under that release's name
INSTALL_TIMEOUT_S = 1200


@dataclass(frozen=True, slots=True)
class AsteriskInstall:
    """An Asterisk that can be started: `root` is where to chroot, or None when it is the machine's own."""

    root: Path | None
    version: str
    uid: int
    gid: int
    binary: str
    module_dir: Path
    data_dir: Path

    def outside(self, path: Path) -> Path:
        """`path` as Asterisk sees it, named as this process sees it."""
        return path if self.root is None else self.root / path.relative_to("/")


def cache_dir() -> Path:
    """Where an Asterisk of our own lives: $CADENCE_CACHE, else ~/.cache/cadence."""
    given = os.environ.get("CADENCE_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "cadence"


def find() -> AsteriskInstall:
    """The machine's own Asterisk when it is new enough, else the cached one.

    Raises AsteriskMissing with a one-line reason.
    """
    native = _describe(None)
    if native is not None:
        return native
    root = cache_dir() / "asterisk-22"
    if not root.is_dir():
        raise AsteriskMissing("no Asterisk 22 here; as root: python -m dialer.lab.install")
    if os.geteuid() != 0:
        raise AsteriskMissing(f"the Asterisk in {root} starts by chroot, which needs root")
    cached = _describe(root)
    if cached is None:
        raise AsteriskMissing(
            f"{root} holds no working Asterisk; remove it and run: python -m dialer.lab.install"
        )
    return cached


def install() -> AsteriskInstall:
    """An Asterisk that can be started, installed now if there is none. Needs root for that. Idempotent.

    Several may run at once: the first one installs, the others wait for it.
    """
    with contextlib.suppress(AsteriskMissing):
        return find()
    if os.geteuid() != 0:
        raise AsteriskMissing("installing Asterisk needs root")
    if shutil.which("apt-get") is None:
        raise AsteriskMissing("no apt-get here; install Asterisk 22 by hand")
    with _locked(cache_dir() / "asterisk-22.lock"):
        with contextlib.suppress(AsteriskMissing):
            return find()
        if _apt_version() >= OLDEST:
            _tell("installing Asterisk from the distribution")
            _apt_install(*PACKAGES)
            # The package starts a server of its own, which the lab neither needs nor wants to meet.
            _quietly(["systemctl", "disable", "--now", "asterisk"])
        else:
            _tell(f"fetching Asterisk 22 into {cache_dir() / 'asterisk-22'} (once, about a minute)")
            _debootstrap(cache_dir() / "asterisk-22")
    return find()


def _describe(root: Path | None) -> AsteriskInstall | None:
    """What is installed under `root` (None: /), or None if it does not run or is too old."""
    base = root or Path("/")
    binary = next((b for b in ("/usr/sbin/asterisk", "/usr/bin/asterisk") if (base / b[1:]).exists()), None)
    if binary is None:
        return None
    prefix = [] if root is None else ["chroot", str(root)]
    try:
        said = subprocess.run([*prefix, binary, "-V"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version = said.stdout.strip().removeprefix("Asterisk ")
    if major(version) < OLDEST:
        return None
    dirs = _directories(base / "etc/asterisk/asterisk.conf")
    uid, gid = _identity(base)
    return AsteriskInstall(
        root=root,
        version=version,
        uid=uid,
        gid=gid,
        binary=binary,
        module_dir=Path(dirs.get("astmoddir", "/usr/lib/asterisk/modules")),
        data_dir=Path(dirs.get("astdatadir", "/usr/share/asterisk")),
    )


def major(version: str) -> int:
    """The release number a version string starts with; 0 if it has none.

    >>> major("22.10.1~dfsg+~cs6.15.60671435-1")
    22
    >>> major("GIT-master")
    0
    """
    found = re.match(r"(?:\d+:)?(\d+)\.", version)
    return int(found.group(1)) if found else 0


def _directories(conf: Path) -> dict[str, str]:
    """The `[directories]` of an asterisk.conf; empty if it cannot be read."""
    try:
        text = conf.read_text(errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^(ast\w+)\s*=>\s*(\S+)", text, re.MULTILINE))


def _identity(base: Path) -> tuple[int, int]:
    """The user Asterisk is to run as: its package's own when we are root, else ourselves."""
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    if base == Path("/"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam("asterisk")
            return user.pw_uid, user.pw_gid
    else:
        found = re.search(r"^asterisk:[^:]*:(\d+):(\d+):", (base / "etc/passwd").read_text(), re.MULTILINE)
        if found:
            return int(found.group(1)), int(found.group(2))
    return 65534, 65534


def _apt_version() -> int:
    said = _quietly(["apt-cache", "policy", "asterisk"])
    found = re.search(r"Candidate: (\S+)", said)
    return major(found.group(1)) if found else 0


def _mirrors() -> list[str]:
    """The mirrors this machine's apt already takes Debian from, in its order."""
    said = _quietly(["apt-get", "indextargets", "--format", "$(SITE)|$(LABEL)"])
    sites = [line.split("|")[0] for line in said.splitlines() if line.endswith("|Debian")]
    return list(dict.fromkeys(sites))


def _debootstrap(target: Path) -> None:
    """Fill `target` with a minimal Debian that has Asterisk: all of it or nothing."""
    if shutil.which("debootstrap") is None:
        _apt_install("debootstrap")
    mirrors = _mirrors()
    if not mirrors:
        raise AsteriskMissing("apt has no Debian mirror to take Asterisk from; see: apt-get indextargets")
    fresh = target.with_name(target.name + ".new")
    reason = ""
    for mirror in mirrors:
        _remove(fresh)
        include = ",".join((*PACKAGES, "ca-certificates"))
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={include}", SUITE, str(fresh), mirror, SCRIPT],
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
        if done.returncode == 0 and _describe(fresh) is not None:
            shutil.rmtree(fresh / "var/cache/apt/archives", ignore_errors=True)
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
            return
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        reason = said[-1] if said else "it said nothing"
    _remove(fresh)
    raise LabError(f"debootstrap gave no Asterisk: {reason}")


def _remove(tree: Path) -> None:
    """Delete a tree; what a debootstrap killed in the middle left mounted in it is unmounted, never deleted."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(f"{tree}/")), reverse=True):
        _run(["umount", mount])
    shutil.rmtree(tree, ignore_errors=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _apt_install(*packages: str) -> None:
    command = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages]
    try:
        _run(command)
    except LabError:  # a fresh machine has no package lists yet
        _run(["apt-get", "-qq", "update"])
        _run(command)


def _run(command: Sequence[str]) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False, env=env
    )
    if done.returncode != 0:
        raise LabError(f"{' '.join(command[:3])} failed: {done.stderr.strip()[-300:]}")


def _quietly(command: Sequence[str]) -> str:
    """What a command prints; empty when it fails or does not exist."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


def main() -> int:
    """Install, then name what is there; the exit code says whether an Asterisk can be started."""
    quiet = "--quiet" in sys.argv[1:]
    try:
        found = install()
    except LabError as error:
        _tell(str(error))
        return 1
    if not quiet:
        sys.stderr.write(f"Asterisk {found.version} in {found.root or '/'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
