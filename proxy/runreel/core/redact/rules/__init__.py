"""The table of rules: the kinds of secrets that are recognised by a pattern.

A rule has a name, a group, keywords, a pattern, perhaps a check of what the pattern matches, and
examples: texts that it must match, and look-alikes that no rule may match. The tests run every rule
on the examples of all rules.
"""

from runreel.core.redact.rules.agents import AGENTS
from runreel.core.redact.rules.cloud import CLOUD
from runreel.core.redact.rules.commands import COMMANDS
from runreel.core.redact.rules.commerce import COMMERCE
from runreel.core.redact.rules.connections import CONNECTIONS
from runreel.core.redact.rules.hosts import CODE_HOSTS, REGISTRIES
from runreel.core.redact.rules.key_rule import keep_out_of_blobs
from runreel.core.redact.rules.messaging import MESSAGING
from runreel.core.redact.rules.named_keys import NAMED_KEYS
from runreel.core.redact.rules.operations import OPERATIONS
from runreel.core.redact.rules.payments import PAYMENTS
from runreel.core.redact.rules.personal import PERSONAL
from runreel.core.redact.rules.phones import PHONES
from runreel.core.redact.rules.pipelines import PIPELINES
from runreel.core.redact.rules.platforms import PLATFORMS
from runreel.core.redact.rules.prose import PROSE
from runreel.core.redact.rules.providers import PROVIDERS
from runreel.core.redact.rules.rule import GROUPS, Rule
from runreel.core.redact.rules.services import SERVICES
from runreel.core.redact.rules.tokens import TOKENS
from runreel.core.redact.rules.tools import TOOLS
from runreel.core.redact.rules.translations import TRANSLATIONS
from runreel.core.redact.rules.unlisted import UNLISTED
from runreel.core.redact.rules.vendors import VENDOR_KEYS

__all__ = ["GROUPS", "RULES", "Rule"]

_ALL: tuple[Rule, ...] = (
    *PROVIDERS,
    *AGENTS,
    *CODE_HOSTS,
    *REGISTRIES,
    *PIPELINES,
    *SERVICES,
    *COMMERCE,
    *MESSAGING,
    *TOOLS,
    *PAYMENTS,
    *CLOUD,
    *PLATFORMS,
    *OPERATIONS,
    *CONNECTIONS,
    *TOKENS,
    *UNLISTED,
    *PROSE,
    *NAMED_KEYS,
    *VENDOR_KEYS,
    *TRANSLATIONS,
    *COMMANDS,
    *PERSONAL,
    *PHONES,
)

RULES: tuple[Rule, ...] = tuple(map(keep_out_of_blobs, _ALL))
"""All built-in rules; their names are unique."""
