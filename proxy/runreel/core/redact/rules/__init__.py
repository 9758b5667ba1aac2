"""The table of rules: which kinds of secrets there are, and how each is told from other text.

A rule has a name, a group, keywords, a pattern, perhaps a check, and examples of what it hits and
of what it must not touch; the tests run every rule on the examples of all of them.
"""

from runreel.core.redact.rules.cloud import CLOUD
from runreel.core.redact.rules.commands import COMMANDS
from runreel.core.redact.rules.connections import CONNECTIONS
from runreel.core.redact.rules.hosts import CODE_HOSTS, REGISTRIES
from runreel.core.redact.rules.payments import PAYMENTS
from runreel.core.redact.rules.personal import PERSONAL
from runreel.core.redact.rules.platforms import PLATFORMS
from runreel.core.redact.rules.prose import PROSE
from runreel.core.redact.rules.providers import PROVIDERS
from runreel.core.redact.rules.rule import GROUPS, Rule
from runreel.core.redact.rules.services import SERVICES
from runreel.core.redact.rules.tokens import TOKENS

__all__ = ["GROUPS", "RULES", "Rule"]

RULES: tuple[Rule, ...] = (
    *PROVIDERS,
    *CODE_HOSTS,
    *REGISTRIES,
    *SERVICES,
    *PAYMENTS,
    *CLOUD,
    *PLATFORMS,
    *CONNECTIONS,
    *TOKENS,
    *PROSE,
    *COMMANDS,
    *PERSONAL,
)
"""All built-in rules; their names are unique."""
