"""What holds for the repository as a whole: locks without addresses, no path of a machine, commands that exist."""

import importlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
NOT_SOURCE = {
    ".git", ".venv", ".venv-3.13", "__pycache__", "site", "out", "build", "dist", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".hypothesis", ".import_linter_cache",
}  # fmt: skip
# Not as text of their own, or this file would hold what it forbids.
MACHINE_PATH = re.compile(r"(?<![\w./<>}-])/(?:work|root|home/\w+|Users/\w+|tmp/\w+)" + r"/\w")


def requirements(lock: str) -> dict[str, tuple[str, str]]:
    """Return, for each requirement of a lock file (name and marker), its version and the rest of its entry."""
    entries = re.split(r"\n(?=\S)", (PROJECT / lock).read_text(encoding="utf-8").strip())
    found = {}
    for entry in entries:
        first = re.match(r"([A-Za-z0-9._-]+)==(\S+)(?: ; ([^\\\n]+))?", entry)
        assert first, f"{lock}: not a pinned requirement: {entry.splitlines()[0]}"
        name, version, marker = first.groups()
        found[f"{name} ; {(marker or '').strip()}"] = (version, entry)
    return found


def tracked_files() -> Iterator[Path]:
    """Yield the files that belong to the source: those git knows or would add, else all but what tools leave."""
    if (PROJECT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        if listed.returncode == 0 and listed.stdout:
            yield from (PROJECT / name for name in listed.stdout.split("\0") if name and (PROJECT / name).is_file())
            return
    for path in PROJECT.rglob("*"):
        if path.is_file() and not NOT_SOURCE & set(path.relative_to(PROJECT).parts):
            yield path


def pyproject() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_no_address(lock):
    assert "://" not in (PROJECT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock):
    for name, (_version, entry) in requirements(lock).items():
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"{lock}: {name} has no hash"


def test_users_and_developers_get_the_same_versions():
    users, developers = (requirements(lock) for lock in LOCKS)
    versions = {name.split(" ;")[0]: set() for name in users}
    for name, (version, _entry) in users.items():
        versions[name.split(" ;")[0]].add(version)
    for name, (version, _entry) in developers.items():
        if name.split(" ;")[0] in versions:
            assert version in versions[name.split(" ;")[0]], f"{name} {version} is not what users get"
    assert set(versions) <= {name.split(" ;")[0] for name in developers}


def test_every_dependency_is_locked():
    def names(lines):
        return {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in lines}

    project = pyproject()
    for lock, wanted in (
        (LOCKS[0], names(project["project"]["dependencies"])),
        (LOCKS[1], names(project["project"]["dependencies"]) | names(project["dependency-groups"]["dev"])),
    ):
        assert wanted <= {name.split(" ;")[0] for name in requirements(lock)}, lock


def test_no_source_file_names_a_path_of_a_machine():
    guilty = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        guilty += [f"{path.relative_to(PROJECT)}: {hit[0]}" for hit in MACHINE_PATH.finditer(text)]
    assert not guilty


def test_the_citation_names_the_version_of_the_package():
    citation = (PROJECT / "CITATION.cff").read_text(encoding="utf-8")
    version = re.search(r"^version: (.+)$", citation, re.MULTILINE)[1].strip("'\" ")
    assert version == pyproject()["project"]["version"]


def test_the_changelog_knows_the_version_of_the_package():
    assert f"## [{pyproject()['project']['version']}]" in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/index.md"])
def test_a_make_command_of_the_documents_exists(document):
    text = (PROJECT / document).read_text(encoding="utf-8")
    code = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    named = {target for block in code for target in re.findall(r"(?:^|&& |; )make ([a-z][a-z-]*)", block, re.MULTILINE)}
    targets = set(re.findall(r"^([a-z][a-z-]*):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


def test_the_two_commands_are_in_the_readme():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_ci_runs_what_a_developer_runs():
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    for target in ("make lint", "make test", "make test-all"):
        assert re.search(rf"{target}(?![\w-])", script), target


BENCHMARKS = sorted(path.stem for path in (PROJECT / "benchmarks").glob("*.py") if path.stem != "__main__")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_finds_what_it_measures(name):
    importlib.import_module(f"benchmarks.{name}")
