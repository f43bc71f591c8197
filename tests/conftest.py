"""Settings and fixtures of all tests."""

import pytest
from hypothesis import settings

from hea_lib import problems

# No deadline: the machines of a class are slow and noisy. Derandomised: a test passes today as it did yesterday.
settings.register_profile("book", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("book")


@pytest.fixture(scope="session")
def problem():
    """The refractory alloys."""
    return problems.get("refractory")


@pytest.fixture
def nothing_stays_open():
    """No figure is left open by a test; every module that tests figures uses it."""
    from matplotlib import pyplot

    yield
    assert not pyplot.get_fignums()


@pytest.fixture
def legend():
    """A function: texts of the legend of axes or, with a legend outside of them, of a figure."""

    def read(holder) -> list[str]:
        found = holder.legends[0] if hasattr(holder, "legends") else holder.get_legend()
        return [text.get_text() for text in found.get_texts()]

    return read
