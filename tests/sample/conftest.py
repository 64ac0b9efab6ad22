import pytest

from shanshui.sample import write_sample
from shanshui.sample.landscape import build_landscape

SIZE = 200


@pytest.fixture(scope="session")
def landscape():
    return build_landscape(1)


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The folder of a small sample, 300 m a cell."""
    return write_sample(tmp_path_factory.mktemp("samples") / "small", size=SIZE, seed=1)
