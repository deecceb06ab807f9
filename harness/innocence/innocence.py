"""Innocence: the specification in namespaces of its own with settings that are legal.

    python harness/innocence/innocence.py --only 'tcp-*' --rule state

Each setting of `settings.toml` is a run, compared with a run in the same kind of namespace
without the setting: no case may be red there that is green here. With `--together` those that
are chosen are made at once: where no case is red under all of them, one run has shown it.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.judge import runfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DATA = Path(__file__).with_name("settings.toml")
UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
FIELDS = {"name", "sysctl", "before", "wrap", "environment", "preload", "needs"}


def settings() -> dict[str, dict[str, Any]]:
    """The settings of the file, by name."""
    found = tomllib.loads(DATA.read_text("utf-8"))["setting"]
    strange = [each for each in found if not each.keys() <= FIELDS]
    if strange:
        raise SystemExit(f"{DATA.name}: {strange[0]['name']}: there are {', '.join(FIELDS)}")
    return {each["name"]: each for each in found}


def bundle(chosen: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several settings as one, by the names of all."""
    made: dict[str, Any] = {"name": "+".join(each["name"] for each in chosen)}
    for each in chosen:
        for field in (FIELDS - {"name"}) & each.keys():
            made[field] = _joined(made.get(field), each[field])
    return made


def _joined(before: Any, more: Any) -> Any:
    if before is None:
        return more
    return {**before, **more} if isinstance(more, dict) else [*before, *more]


@dataclass(frozen=True)
class Result:
    """What a setting did: why it could not be tried, or which cases turned red."""

    name: str
    cases: int = 0
    skipped: str = ""
    red: tuple[str, ...] = ()
    unsupported: int = 0

    def line(self) -> str:
        """A line for people."""
        if self.skipped:
            return f"not tried  {self.name}: {self.skipped}"
        word = f"{len(self.red)} red" if self.red else "innocent"
        return f"{word:10} {self.name}: {self.cases} cases, {self.unsupported} unsupported"


def unusable() -> str:
    """Why there can be no namespaces; empty where there can be."""
    for program in (UNSHARE[0], "ip"):
        if not shutil.which(program):
            return f"there is no {program}"
    ran = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, check=False)
    return ran.stderr.strip()


def script(setting: Mapping[str, Any], command: Sequence[str]) -> str:
    """What the shell does inside: exit 77 where the setting cannot be made here."""
    steps = ["ip link set lo up || exit 77"]
    for name, value in setting.get("sysctl", {}).items():
        path = "/proc/sys/" + name.replace(".", "/")
        steps.append(f"echo {shlex.quote(value)} > {path} || exit 77")
    steps += [f"{each} || exit 77" for each in setting.get("before", ())]
    words = [*setting.get("wrap", ()), *command]
    return "\n".join([*steps, f"exec {shlex.join(words)}"])


def preloaded(sources: Sequence[str], folder: Path) -> dict[str, str]:
    """What has the linker load libraries before all others, made of these sources."""
    made = []
    for name in sources:
        made.append(str((folder / name).with_suffix(".so").absolute()))
        build = ("cc", "-shared", "-fPIC", "-O2", "-o", made[-1], str(DATA.with_name(name)))
        subprocess.run(build, check=True)
    return {"LD_PRELOAD": " ".join(made)} if made else {}


def observed(
    setting: Mapping[str, Any], out: Path, more: Sequence[str]
) -> tuple[dict[str, runfile.Observation], str]:
    """The cases of a run in the setting, and what it printed; none where it was not run."""
    out.unlink(missing_ok=True)
    lacking = [each for each in setting.get("needs", ()) if not shutil.which(each)]
    if lacking:
        return {}, f"there is no {lacking[0]}"
    command = [sys.executable, "-m", "sockspec", "run", "-n", "0", "--out", str(out), *more]
    first = preloaded(setting.get("preload", ()), out.parent)
    ran = subprocess.run(
        [*UNSHARE, "sh", "-c", script(setting, command)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **first, **setting.get("environment", {})},
    )
    if not out.exists():
        told = (ran.stderr + ran.stdout).strip().splitlines()
        return {}, told[-1] if told else f"the run ended with {ran.returncode}"
    run = runfile.read(out, witnesses=False)
    if run.footer is None:
        return {}, "the run was cut short"
    return run.by_case(), ran.stdout


def tried(
    setting: Mapping[str, Any],
    plain: Mapping[str, runfile.Observation],
    folder: Path,
    more: Sequence[str],
) -> Result:
    """Run the setting, and compare."""
    seen, told = observed(setting, folder / f"{setting['name'][:100]}.jsonl", more)
    if not seen:
        return Result(setting["name"], skipped=told)
    red = sorted(
        case
        for case, each in seen.items()
        if each.verdict.is_red and not (case in plain and plain[case].verdict.is_red)
    )
    missing = sum(each.verdict.kind == "unsupported" for each in seen.values())
    return Result(setting["name"], len(seen), red=tuple(red), unsupported=missing)


def page(found: Sequence[Result]) -> Iterator[str]:
    """The results in Markdown."""
    blamed = sum(bool(each.red) for each in found)
    ran = sum(not each.skipped for each in found)
    yield (
        f"Measured on {datetime.now(UTC).date().isoformat()}: {ran} of {len(found)} settings "
        f"could be made there, {ran - blamed} of them without a red case."
    )
    yield ""
    yield "| setting | cases | red | unsupported |"
    yield "|---|--:|--:|--:|"
    for each in found:
        if each.skipped:
            yield f"| `{each.name}` | not tried: {each.skipped} | | |"
        else:
            yield f"| `{each.name}` | {each.cases} | {len(each.red)} | {each.unsupported} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", help="a setting, or a glob; repeatable")
    parser.add_argument("--rule", action="append", default=[], help="as in sockspec run")
    parser.add_argument("--examples", default="5")
    parser.add_argument("--deadline", default="", help="as in sockspec run")
    parser.add_argument("--together", action="store_true", help="all chosen ones in one run")
    parser.add_argument("--plain", type=Path, help="compare with this run, as kept before")
    parser.add_argument("--keep", type=Path, help="keep the run files in this folder")
    parser.add_argument("--page", type=Path, help="write the table as Markdown")
    given = parser.parse_args()
    why = unusable()
    if why:
        print(f"there can be no namespaces here: {why}")
        return 5
    more = [word for rule in given.rule for word in ("--rule", rule)]
    more += ["--examples", given.examples]
    more += ["--deadline", given.deadline] if given.deadline else []
    chosen = [
        each
        for name, each in settings().items()
        if not given.only or any(fnmatch.fnmatch(name, glob) for glob in given.only)
    ]
    chosen = [bundle(chosen)] if given.together else chosen
    found = []
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        plain, told = (
            (runfile.read(given.plain, witnesses=False).by_case(), "")
            if given.plain
            else observed({"name": "plain"}, folder / "plain.jsonl", more)
        )
        if not plain:
            print(f"the plain run failed: {told}")
            return 3
        for each in chosen:
            found.append(tried(each, plain, folder, more))
            print(found[-1].line(), flush=True)
            for case in found[-1].red:
                print(f"  {case}", flush=True)
    if given.page:
        given.page.write_text("\n".join(page(found)) + "\n", encoding="utf-8")
    return 1 if any(each.red for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
