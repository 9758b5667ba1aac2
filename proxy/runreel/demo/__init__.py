"""A conversation that demonstrates runreel: recorded live, replayed and compared.

``runreel demo`` shows it, and ``runreel demo cassettes/demo.cassette`` records the sample again.
"""

from runreel.demo.client import converse
from runreel.demo.comparison import Comparison, compare_conversations
from runreel.demo.conversation import CONVERSATION, CONVERSATIONS, ConversationStep, Turn
from runreel.demo.loop import DemoLoop, build_demo_config

__all__ = [
    "CONVERSATION",
    "CONVERSATIONS",
    "Comparison",
    "ConversationStep",
    "DemoLoop",
    "Turn",
    "build_demo_config",
    "compare_conversations",
    "converse",
]
