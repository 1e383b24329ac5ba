"""What is taken from an allowance, in the one unit that needs to know nothing of rates: seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """
    What one action costs a person.

    An allowance is a bucket: it is won back as time passes, and an empty one is full again after its *window*.
    """

    key: str  #: whose allowance it is; says nothing about them
    cost: float  #: seconds in which it is won back; 0: nothing is taken, but the bucket must not be overdrawn
    window: float  #: seconds
