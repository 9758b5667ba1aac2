"""Texts that look like secrets but are not: no byte of them may change.

Too much redaction breaks matching and makes a cassette useless. Templates give new values with each
seed; the sentences are what people and programs write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from corpus.values import Dice

_DRAWN: Mapping[str, str] = {
    "ids": """
        run_{alnum:24}
        thread_{alnum:24}
        asst_{alnum:24}
        msg_{alnum:24}
        step_{alnum:24}
        call_{alnum:24}
        file-{alnum:24}
        vs_{alnum:24}
        chatcmpl-{alnum:29}
        resp_{hex:50}
        req_{hex:32}
        toolu_01{alnum:22}
        msg_01{alnum:22}
        cmpl-{alnum:29}
        ft:gpt-4o-mini-2024-07-18:{word}::{alnum:8}
        batch_{hex:32}
        org-{alnum:24}
        {uuid}
        lc_run--{uuid}
        urn:uuid:{uuid}
        01J{upper:23}
        trace-{hex:32}
        00-{hex:32}-{hex:16}-01
        customer_{digits:8}
        datadog: {uuid}
        stripe: cus_{alnum:14}
        {"openai": "chatcmpl-{alnum:29}"}
        airtable: tbl{alnum:14}
        next token {lower:24}
        order {digits:3}-{digits:7}-{digits:7}
        ticket {upper:3}-{digits:5}
        session {digits:6} of the workshop
    """,
    "hashes": """
        commit {hex:40}
        fixed in {hex:7}, see {hex:12}
        sha256:{hex:64}
        md5 {hex:32}
        etag W/"{hex:32}"
        sha512-{b64:86}==
        sha1-{b64:27}=
        integrity sha384-{b64:64}
        image {word}/{word}@sha256:{hex:64}
        index {hex:7}..{hex:7} 100644
        blake2b {hex:128}
        crc32 {hex:8}
        github: {hex:40}
        docker: sha256:{hex:64}
        cache key {hex:32}
        MD5:{hex:2}:{hex:2}:{hex:2}:{hex:2}:{hex:2}:{hex:2}:{hex:2}:{hex:2}
        fingerprint 2{hex:3}:{hex:4}:{hex:4}:{hex:4}:{hex:4}:{hex:4}:{hex:4}:{hex:4}:{hex:4}:{hex:4}
    """,
    "base64": """
        data:image/png;base64,iVBORw0KGgo{b64:400}
        data:image/jpeg;base64,/9j/4AAQSkZJRg{b64:300}==
        data:audio/wav;base64,UklGR{b64:200}
        data:application/pdf;base64,JVBERi0xLjQ{b64:300}
        {encoded:an ordinary sentence in base64 with }
    """,
    "numbers": """
        order 9{digits:17} was shipped
        {digits:40}
        pi is 3.14159265358979323846264338327950288
        the checksum is {digits:10}
        total 1,{digits:3},{digits:3}.{digits:2} EUR
        $ {digits:2}.{digits:2} per 1M tokens
        {digits:3} x {digits:3} = {digits:6}
        ISBN 978-3-16-148410-0
        timestamp 17{digits:8}
        timestamp_ms 17{digits:11}
        at 17{digits:8}.{digits:6}
        latitude 52.{digits:6}, longitude 13.{digits:6}
        invoice 2026-{digits:6}
        part no. {digits:3}-{digits:2}-{digits:6}
        row {digits:9} of {digits:10}
        EAN 590{digits:10}
        version 3.{number:20}.{number:9}
        v{number:9}.{number:9}.{number:9}-rc.{number:4}
        build 10.0.{digits:5}.{digits:4}
        seed {digits:10}
        user 4{digits:15} signed in
        {"id": 4{digits:15}, "owner": "5{digits:15}"}
        ["4{digits:15}", "4{digits:15}"]
        order no. {digits:3}-{digits:3}-{digits:4}
        ORD-{digits:3}-{digits:3}-{digits:4}
        tracking number 9400 1{digits:3} {digits:4} {digits:4} {digits:4} {digits:2}
        12,4{digits:15},2026-11-0{number:9}
        {digits:4} {digits:4} {digits:4} {digits:4} {digits:4} {digits:4}
        score 0.{digits:16} and -1.{digits:15}e-0{number:9}
        ratio {digits:19}
        Mozilla/5.0 (X11) Chrome/{number:140}.{number:9}.{number:250}.{number:250} Safari/537.36
        library=={number:30}.{number:30}.{number:250}.{number:250}
        upgraded from {number:99}.0.{number:250}.{number:99} to {number:99}.1.{number:250}.1
        <Version>{number:99}.{number:99}.{number:250}.{number:99}</Version>
        library-{number:99}.{number:99}.{number:250}.{number:99}.tar.gz
        2.5.29.{number:99} is an object identifier
    """,
    "times": """
        2026-0{number:9}-1{number:8}T0{number:9}:14:05.{digits:3}Z
        2026-11-0{number:9} 10:{number:5}5:00 +0100
        Thu, 0{number:9} Oct 2026 07:28:00 GMT
        20261103T{digits:6}Z
        0{number:9}:{number:5}5:12.{digits:6}
        PT{number:9}H{number:5}0M
    """,
    "network": """
        http://127.0.0.1:{digits:4}/v1
        http://localhost:{digits:4}/health
        10.0.{number:250}.{number:250}
        192.168.{number:250}.{number:250}:8080
        172.16.{number:250}.{number:250}/12
        0.0.0.0:{digits:4}
        ::1 and fe80::1
        https://example.com/docs/{word}/{word}?page={number:90}&sort=asc
        https://github.com/{word}/{word}/blob/main/src/{word}.py#L{digits:2}-L{digits:3}
        git@github.com:{word}/{word}.git
        s3://{word}-bucket/{word}/part-{digits:5}.parquet
        arn:aws:iam::123456789012:role/{word}
        projects/{word}-{digits:6}/locations/europe-west3
        /subscriptions/{uuid}/resourceGroups/{word}
        sip gateway at {word}.internal:5060
        postgresql://localhost:5432/{word}
        redis://cache:6379/{number:9}
    """,
    "code": """
        const {word}Token = await get{word}Token({word});
        test_{alnum:30}
        test_{hex:32}
        def test_{word}_password_is_hashed(client): ...
        password = os.environ["{word}_PASSWORD"]
        api_key = settings.{word}_api_key
        token = tokenizer.encode("{word} {word}")[{number:9}]
        SELECT password_hash FROM users WHERE id = {digits:5};
        if (secret === undefined) throw new Error("no secret for {word}");
        headers["Authorization"] = "Bearer " + token
        export {word}=$(pass show {word})
        #{hex:6} is the colour of {word}
        0x{hex:16}
        const MAX_TOKENS_{upper:4} = {digits:4};
        {word}_{word}_{word}_{word}_{word}_{word}_configuration
        com.{word}.{word}.{word}.{word}AuthenticationProvider
        node_modules/@{word}/{word}/dist/{word}.{hex:8}.chunk.js
        color-mix(in srgb, #{hex:6} {digits:2}%, transparent)
    """,
}

_FIXED: Mapping[str, str] = {
    "models": """
        gpt-4o-2024-08-06
        gpt-4o-mini
        gpt-3.5-turbo-0125
        gpt-4.1-nano-2025-04-14
        o3-mini-2025-01-31
        claude-3-5-sonnet-20240620
        claude-sonnet-4-5-20250929
        gemini-2.5-flash-preview-05-20
        text-embedding-3-large
        mistral-large-2411
        meta-llama/Llama-3.3-70B-Instruct-Turbo
        deepseek-r1-distill-qwen-32b
        whisper-1
        accounts/fireworks/models/llama-v3p1-405b-instruct
        us.anthropic.claude-3-7-sonnet-20250219-v1:0
        Qwen/Qwen2.5-Coder-32B-Instruct-GGUF
    """,
    "examples": """
        sk-...
        sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        export OPENAI_API_KEY=sk-...
        OPENAI_API_KEY=YOUR_API_KEY
        api_key="YOUR_API_KEY"
        Authorization: Bearer YOUR_TOKEN
        Authorization: Bearer $OPENAI_API_KEY
        Authorization: Bearer ${TOKEN}
        Authorization: Bearer <token>
        password: <your password>
        password: ********
        api_key: {{ secrets.API_KEY }}
        token: ${{ secrets.GITHUB_TOKEN }}
        client_secret = "<client secret>"
        secret: [REDACTED]
        key: xxxx-xxxx-xxxx
        AKIA................
        ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        -----BEGIN PUBLIC KEY-----
        -----BEGIN CERTIFICATE-----
        ssh-ed25519 and ssh-rsa are key types
        user:pass@host is how a URL names an account
        REDACTED-authorization-1
        REDACTED-email-12 wrote to REDACTED-email-3
        REDACTED-email-1@redacted.invalid
    """,
    "prose": """
        Your password must have at least 12 characters.
        The password is required.
        password: required
        Enter your password to continue
        The token is expired, please sign in again.
        The secret is to keep the dough cold.
        the secret ingredient is patience
        The key is in the details.
        My key point is that tokens are cheap.
        token limit exceeded: 128000
        A bearer of good news came at noon.
        Basic authentication is disabled.
        The API key is missing or invalid.
        Incorrect API key provided.
        Invalid access token
        You exceeded your current quota, please check your plan and billing details.
        Please rotate your credentials every 90 days.
        passwords and tokens are never logged
        She said the password aloud, and the door opened.
        no password is set for this account
        API keys are stored in the vault
        private key infrastructure and public key cryptography
        Use two-factor authentication with an authenticator app.
        Sign in with a passkey instead of a password.
        secret santa starts on Monday
        Let's talk about token-by-token streaming.
        It costs 0.15 dollars per million input tokens.
        the authorization header is stripped by the proxy
        Cookie policy: we use cookies for analytics.
        Session expired after 30 minutes of inactivity.
        Our hotline is open from 8 to 18.
        Call 911 in an emergency.
        Meet me at 10:30 on 12/11/2026.
        between 1914 and 1918, and from 1939 to 1945
        the score was 3-2, 6-4, 7-5
        pages 101-245-3001 of the catalogue
        Room 404, Building 7, Floor 12
        The answer is 42.
        twitter: @ann_example and @bob.builder
        Use the @dataclass decorator, or @pytest.fixture.
        npm install @types/node@20.11.30
        pip install requests==2.32.3 'urllib3>=2'
        docker pull postgres:16.4-alpine
        ratio 16:9, scale 1:25000
        ab:cd:ef:01:23:45 is a MAC address
        chapter 1.2.3.4 of the handbook
        the sum of 192.5.3 and 10.1 makes no sense
        [1, 22, 333, 4444, 55555, 666666, 7777777]
    """,
}


def iter_look_alikes(dice: Dice, times: int = 3) -> Iterator[tuple[str, str]]:
    """Yield family and text of the look-alikes, those of templates ``times`` times."""
    for family, templates in _DRAWN.items():
        for template in _split_lines(templates):
            for _ in range(times):
                yield family, dice.fill(template)
    for family, texts in _FIXED.items():
        yield from ((family, text) for text in _split_lines(texts))
    yield from (("cards", _draw_invalid_card(dice)) for _ in range(10 * times))


def _split_lines(table: str) -> list[str]:
    return [line.strip() for line in table.strip().splitlines()]


def _draw_invalid_card(dice: Dice) -> str:
    """Return a card number with a wrong check digit."""
    digits = dice.fill("{card:4,16,}")
    wrong = digits[:-1] + str((int(digits[-1]) + dice.number(1, 9)) % 10)
    return " ".join(wrong[at : at + 4] for at in range(0, 16, 4))
