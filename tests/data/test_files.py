import os

import pytest

from shanshui.data.files import Digests, digest_bytes, digest_file, parts_of, replacing


class BrokenError(Exception):
    pass


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_stands_when_it_is_whole_and_not_before(tmp_path):
    path = tmp_path / "deep" / "table.csv"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
        assert temporary.suffix == ".csv"
        assert temporary.parent == path.parent
    assert path.read_text() == "new"
    assert names(path.parent) == ["table.csv"]


def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write():
        with replacing(path) as temporary:
            temporary.write_text("half")
            temporary.with_name(temporary.name + "-journal").write_text("beside it")
            raise BrokenError

    with pytest.raises(BrokenError):
        write()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_what_a_killed_run_left_is_written_over(tmp_path):
    path = tmp_path / "table.csv"
    with replacing(path) as temporary:
        left_over = temporary
        temporary.write_text("x")
    left_over.write_text("left by a killed run, and longer than what comes")
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["table.csv"]


def test_other_files_beside_it_are_left_alone(tmp_path):
    (tmp_path / "table.csv.bak").write_text("mine")
    (tmp_path / "tables.csv").write_text("mine too")
    with replacing(tmp_path / "table.csv") as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == ["table.csv", "table.csv.bak", "tables.csv"]


def test_digests_of_bytes_tell_parts_apart():
    assert digest_bytes("ab", "c") != digest_bytes("a", "bc")
    assert digest_bytes("ab") == digest_bytes(b"ab")
    assert len(digest_bytes("")) == 32


def test_a_file_s_digest_is_that_of_its_content(tmp_path):
    # Longer than one piece of reading.
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"x" * 3_000_001)
    second.write_bytes(b"x" * 3_000_001)
    assert digest_file(first) == digest_file(second)
    second.write_bytes(b"x" * 3_000_000 + b"y")
    assert digest_file(first) != digest_file(second)


@pytest.mark.parametrize(
    ("content", "shift"),
    [(b"newer", 1), (b"old but longer", 0)],
    ids=["same size, later", "another size, same time"],
)
def test_a_change_of_a_file_is_noticed(tmp_path, content, shift):
    path, memory = tmp_path / "data", tmp_path / "digests.json"
    path.write_bytes(b"older")
    digests = Digests(memory)
    before = digests[path]
    digests.save()
    time = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(time + shift, time + shift))
    assert Digests(memory)[path] == digest_file(path) != before
    assert digests[path] == digest_file(path)


def test_a_file_that_did_not_change_is_not_read_again(tmp_path, monkeypatch):
    path, memory = tmp_path / "data", tmp_path / "digests.json"
    path.write_bytes(b"content")
    digests = Digests(memory)
    known = digests[path]
    digests.save()
    monkeypatch.setattr("shanshui.data.files.digest_file", lambda path: pytest.fail("was read again"))
    assert Digests(memory)[path] == known


@pytest.mark.parametrize("memory", [None, "", '{"half'])
def test_losing_the_memory_of_digests_costs_only_time(tmp_path, memory):
    path, kept = tmp_path / "data", tmp_path / "digests.json"
    path.write_bytes(b"content")
    if memory is not None:
        kept.write_text(memory)
    assert Digests(kept)[path] == digest_file(path)


def test_a_shapefile_has_its_parts_and_any_other_file_is_one(tmp_path):
    for ending in ("shp", "dbf", "shx", "prj", "qml", "shp.xml"):
        (tmp_path / f"zones.{ending}").touch()
    (tmp_path / "zones2.dbf").touch()
    found = [path.name for path in parts_of(tmp_path / "zones.shp")]
    assert found == ["zones.dbf", "zones.prj", "zones.shp", "zones.shx"]
    assert parts_of(tmp_path / "zones.gpkg") == [tmp_path / "zones.gpkg"]
