"""The expected cost of a request."""

# The annotations of a named tuple are evaluated outside of this module, so they are no texts here.
from typing import NamedTuple, Union

from .enums import EstimateBasis


class Estimate(NamedTuple):
    """The expected cost of a request. No promise: `deduction_credit` of a video tells what it took."""

    low: float
    """The least credits."""
    high: float
    """The most credits, which budgets count."""
    basis: Union[EstimateBasis, int]  # noqa: UP007
    """The ground that it rests on."""
