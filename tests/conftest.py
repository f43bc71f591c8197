"""Settings of all tests."""

from hypothesis import settings

# No deadline: the machines of a class are slow and noisy. Derandomised: a test passes today as it did yesterday.
settings.register_profile("book", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("book")
