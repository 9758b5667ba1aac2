"""Words at the beginning of identifiers and keys, which tell the one from the other."""

from __future__ import annotations

IDENTIFIED = frozenset(
    # Of the APIs whose dialects runreel knows: OpenAI, Anthropic, Gemini, Bedrock, LangGraph, MCP.
    b"""
    agent aitxt amsg apikey artifact asst audio audit auto automation batch btch btgt call capp
    ccarenv cfile chat chatcmpl chunk ci cmp cmpl cntr compaction container conv conversation cp
    credential ctc ctco depl ds env eval evalitem evalrun event evt exec fc fco file fork fp ft
    ftckpt ftevent ftjob gen gencmpl generation grader header ig input invitation invite
    invocation item lc link ls lsc lsco mac maco mcp mcpl mcpr mcptoolu mem memory model modr ms
    msg msgbatch node obs observation org organization out output outputitem part proj project
    prompt prtvid reasoning req request resp response ro role rs rsn rt run sc score sesn sess
    session shared skill skillver srvtoolu step sthr sub subagent task thread tool toolcall toolu
    tooluse trace trc tsr tt tu turn upload uprof user vaultcred video vlt vs vsf vsfb vsfile
    wrkspc ws ww
    """.split()
    # Of other well-known APIs: Stripe, GitHub, AWS, Clerk, Slack, Twilio.
    + b"""
    account acct addr address ami app arn authn ba balance bps bucket build card ch charge chk
    client cluster cn cs cus cust customer db dep deploy deployment dev device disk doc document
    dp dpl dsp dv eip eni entity eph error evtst execution fee fil folder form gid group grp hook
    host i igw il image img in index inst instance inv invoice issue job key kid label layer link
    list loc lock log mandate media mem member merchant meta metric mi mns monitor nat note notif
    notification obj object offer oi op or ord order outcome page pass pay payment payout person
    pg pi pipeline pl plan plink pm po pod post price pro process product promo psid pst py pyr qt
    queue quote record ref refund region release report resource ri rtb rule sample schema seg
    service seti shard shipment shr si sip site sku slot snap snapshot source sq src stack state
    store sub subnet subscription svc tag team template tenant test tgw ticket tid tmpl tok topic
    tr track transaction txi txn txr type uid unit usage usr val vid view visitor vol volume vpc
    vpce vrt wa we webhook wf wh widget word work workflow workspace zone
    """.split()
    # Hashes, versions, and names that builds make.
    + b"""
    asset blake2b blake3 blob branch bundle cache checksum commit component crc css data diff
    digest etag hash integrity js lang locale main md5 module ns rev revision root runtime sha
    sha1 sha224 sha256 sha384 sha512 style svg tree uuid vendor vendors version webpack
    """.split()
)
"""Words of prefixes that say what an identifier identifies."""

PUBLIC = frozenset(b"phc pk pub pubkey public publishable".split())
"""Words of prefixes of the public half of a key."""

CREDENTIAL_WORDS = frozenset(
    b"""
    access ak api apikey auth bearer cred creds key license live pass passwd password pat prod
    production pwd refresh rk sat secret sec sk tkn tok token
    """.split()
)
"""Words of prefixes that announce a credential, even before hexadecimal digits."""


def names_identifier(text: bytes) -> bool:
    """Return whether the first word of the text says what it identifies: ``chatcmpl-…``."""
    first, _, rest = text.replace(b"-", b"_").lower().partition(b"_")
    is_known = first in IDENTIFIED or first in PUBLIC
    return bool(rest) and is_known and first not in CREDENTIAL_WORDS
