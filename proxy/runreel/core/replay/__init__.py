"""Which exchange answers a request: the choice follows scope and causality.

The state-changing calls of a thread divide its recording into stretches. What a client reads comes
from the stretch that it has reached by its own changes: never from before what it has caused, since
that is over, and never from after what it has not caused, since that has not happened. Within a
stretch it only moves on. What belongs to no thread has the session for its scope; calls there need
not have to do with each other, so order decides as long as it can, and forbids nothing.
"""

from runreel.core.replay.candidate import (
    Candidate,
    Choice,
    ChoiceReason,
    Predicate,
    Refusal,
    RefusalReason,
    build_candidate,
    may_change_state,
)
from runreel.core.replay.selector import Selector

__all__ = [
    "Candidate",
    "Choice",
    "ChoiceReason",
    "Predicate",
    "Refusal",
    "RefusalReason",
    "Selector",
    "build_candidate",
    "may_change_state",
]
