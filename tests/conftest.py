"""What all tests share: where the real data is, and what happens where it is not."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No test asserts a time.
settings.register_profile("shanshui", deadline=None)
settings.load_profile("shanshui")

PROJECT = Path(__file__).parents[1]


def real_data_folder() -> Path:
    """Return the folder of real data: SHANSHUI_DATA, by default ../shared/data seen from the project's root."""
    return (PROJECT / os.environ.get("SHANSHUI_DATA", "../shared/data")).resolve()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `real` where the data is missing; where CI is set, let it fail instead."""
    if item.get_closest_marker("real") is None or real_data_folder().is_dir():
        return
    reason = f"the real data is not in {real_data_folder()}; SHANSHUI_DATA names another folder"
    if os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.skip(reason)
    pytest.fail(f"{reason}. Where CI is set, these tests must run", pytrace=False)


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the project's root."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data, for tests marked `real`."""
    folder = real_data_folder()
    if not folder.is_dir():
        pytest.fail("a test that uses shared_data must carry the marker `real`", pytrace=False)
    return folder
