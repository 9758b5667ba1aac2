"""A conversation to show what runreel does: held live, recorded, replayed and compared.

``runreel demo`` tells the story, and ``runreel demo cassettes/demo.cassette`` renews the sample.
"""

from runreel.demo.client import converse
from runreel.demo.comparison import Comparison, compare
from runreel.demo.conversation import CONVERSATION, Step, Turn
from runreel.demo.loop import Loop, demo_config

__all__ = [
    "CONVERSATION",
    "Comparison",
    "Loop",
    "Step",
    "Turn",
    "compare",
    "converse",
    "demo_config",
]
