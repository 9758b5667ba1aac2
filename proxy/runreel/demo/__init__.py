"""A conversation to show what runreel does: held live, recorded, replayed and compared.

``runreel demo`` tells the story, and ``runreel demo cassettes/demo.cassette`` renews the sample.
"""

from runreel.demo.client import converse
from runreel.demo.comparison import Comparison, compare_conversations
from runreel.demo.conversation import CONVERSATION, ConversationStep, Turn
from runreel.demo.loop import DemoLoop, build_demo_config

__all__ = [
    "CONVERSATION",
    "Comparison",
    "ConversationStep",
    "DemoLoop",
    "Turn",
    "build_demo_config",
    "compare_conversations",
    "converse",
]
