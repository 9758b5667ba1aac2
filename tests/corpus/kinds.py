"""Kinds of secrets, each as a template of its text.

Formats and lengths come from the vendors' documentation and announcements, independently of
runreel's rules: a corpus that was derived from the rules would find nothing. If a key has no format
of its own, the template contains a label, as people and files have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpus import kinds_2026
from corpus.values import Dice, Secret


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of secret."""

    name: str
    group: str
    template: str

    @property
    def is_personal(self) -> bool:
        """True if the kind is personal data, False if it is a credential."""
        return self.group == "personal"

    @property
    def has_lines(self) -> bool:
        """True if the secret has several lines, so that it cannot be in a header."""
        return "{pem:" in self.template

    def secret(self, dice: Dice) -> Secret:
        """Draw a secret of this kind."""
        return dice.secret(self.template)


_PROVIDERS = """
openai-user             sk-{alnum:20}T3BlbkFJ{alnum:20}
openai-none             sk-None-{alnum:20}T3BlbkFJ{alnum:20}
openai-project          sk-proj-{url:74}T3BlbkFJ{url:74}
openai-project-short    sk-proj-{alnum:20}T3BlbkFJ{alnum:20}
openai-service          sk-svcacct-{url:74}T3BlbkFJ{url:74}
openai-admin            sk-admin-{url:74}T3BlbkFJ{url:74}
openai-session          sess-{alnum:40}
openai-ephemeral        ek_{hex:32}
anthropic-api           sk-ant-api03-{url:93}AA
anthropic-admin         sk-ant-admin01-{url:93}AA
anthropic-oauth         sk-ant-oat01-{url:93}AA
google-api              AIza{url:35}
google-oauth            ya29.a0{url:120}
google-client           GOCSPX-{url:28}
azure-openai            AZURE_OPENAI_API_KEY=<{hex:32}>
azure-openai-long       AZURE_OPENAI_API_KEY=<{alnum:52}JQQJ99{upper:4}AC{alnum:18}>
aws-access-key          AKIA{b32:16}
aws-temporary-key       ASIA{b32:16}
aws-secret-key          aws_secret_access_key = <{b64:40}>
aws-session             AWS_SESSION_TOKEN=<IQoJb3JpZ2luX2Vj{b64:240}>
aws-bedrock             ABSK{encoded:BedrockAPIKey-}
xai                     xai-{alnum:80}
mistral                 MISTRAL_API_KEY=<{alnum:32}>
groq                    gsk_{alnum:20}WGdyb3FY{alnum:24}
huggingface             hf_{letters:34}
huggingface-org         api_org_{letters:34}
openrouter              sk-or-v1-{hex:64}
langsmith               lsv2_pt_{hex:32}_{hex:10}
langsmith-service       lsv2_sk_{hex:32}_{hex:10}
langfuse                sk-lf-{uuid}
replicate               r8_{alnum:37}
perplexity              pplx-{alnum:48}
cohere                  CO_API_KEY=<{alnum:40}>
together                TOGETHER_API_KEY=<{hex:64}>
fireworks               fw_{alnum:24}
deepseek                sk-{hex:32}
nvidia                  nvapi-{url:64}
databricks              dapi{hex:32}
pinecone                pcsk_{alnum:5}_{alnum:60}
tavily                  tvly-dev-{alnum:32}
elevenlabs              sk_{hex:48}
stability               sk-{alnum:48}
cerebras                csk-{lower:48}
voyage                  VOYAGE_API_KEY=<pa-{url:43}>
wandb                   WANDB_API_KEY=<{hex:40}>
jina                    jina_{hex:32}{alnum:28}
"""

_CODE = """
github-personal         ghp_{alnum:36}
github-oauth            gho_{alnum:36}
github-user             ghu_{alnum:36}
github-server           ghs_{alnum:36}
github-refresh          ghr_{alnum:76}
github-fine             github_pat_{alnum:22}_{alnum:59}
gitlab-personal         glpat-{url:20}
gitlab-runner           glrt-{url:20}
gitlab-deploy           gldt-{url:20}
bitbucket-app           ATBB{alnum:24}{HEX:8}
atlassian               ATATT3xFfGF0{url:171}={HEX:8}
npm                     npm_{alnum:36}
pypi                    pypi-AgEIcHlwaS5vcmc{url:150}
rubygems                rubygems_{hex:48}
docker                  dckr_pat_{url:27}
nuget                   oy2{lower:43}
crates                  cargo login <cio{alnum:32}>
artifactory             AKCp{alnum:69}
"""

_SERVICES = """
slack-bot               xoxb-{digits:12}-{digits:13}-{alnum:24}
slack-user              xoxp-{digits:12}-{digits:12}-{digits:13}-{hex:32}
slack-app               xapp-1-A{upper:10}-{digits:13}-{hex:64}
slack-webhook           https://hooks.slack.com/services/<T{upper:10}/B{upper:10}/{alnum:24}>
discord-bot             MT{alnum:24}.G{alnum:5}.{url:38}
discord-webhook         https://discord.com/api/webhooks/{digits:18}/<{url:68}>
telegram                {digits:10}:AA{url:33}
teams-webhook           https://x.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/<{hex:32}/{uuid}>
twilio-key              SK{hex:32}
twilio-token            TWILIO_AUTH_TOKEN=<{hex:32}>
sendgrid                SG.{url:22}.{url:43}
mailgun                 key-{hex:32}
mailchimp               {hex:32}-us{number:21}
postmark                X-Postmark-Server-Token: <{uuid}>
stripe-live             sk_live_51{alnum:97}
stripe-live-short       sk_live_{alnum:24}
stripe-restricted       rk_live_51{alnum:97}
stripe-webhook          whsec_{alnum:32}
square                  EAAAl{url:59}
square-secret           sq0csp-{url:43}
paypal-braintree        access_token$production${lower:16}${hex:32}
shopify                 shpat_{hex:32}
shopify-secret          shpss_{hex:32}
"""

_CLOUD = """
azure-storage           AccountName={word};AccountKey=<{b64:86}==>;EndpointSuffix=core.windows.net
azure-sas               https://x.blob.core.windows.net/c/f?sv=2024-11-04&sp=r&sig=<{alnum:40}%2B{alnum:2}%3D>
azure-servicebus        Endpoint=sb://{word}.servicebus.windows.net/;SharedAccessKey=<{b64:43}=>
azure-client            {alnum:3}8Q~{url:34}
digitalocean            dop_v1_{hex:64}
heroku                  HRKU-AA{url:58}
fly                     FlyV1 <fm2_{b64:200}>
cloudflare              CLOUDFLARE_API_TOKEN=<{url:40}>
vault                   hvs.{url:90}
terraform               {alnum:14}.atlasv1.{url:67}
doppler                 dp.pt.{alnum:43}
supabase                sbp_{hex:40}
planetscale             pscale_tkn_{url:43}
grafana-service         glsa_{alnum:32}_{hex:8}
grafana-cloud           glc_eyJ{b64:120}
datadog                 DD_API_KEY=<{hex:32}>
newrelic                NRAK-{upper:27}
sentry-org              sntrys_eyJ{b64:100}_{b64:43}
sentry-user             sntryu_{hex:64}
linear                  lin_api_{alnum:40}
notion                  ntn_{digits:11}{alnum:35}
notion-old              secret_{alnum:43}
figma                   figd_{url:40}
airtable                pat{alnum:14}.{hex:64}
postman                 PMAK-{hex:24}-{hex:34}
onepassword             ops_eyJ{url:250}
age                     AGE-SECRET-KEY-1{bech32:58}
"""

_CONNECTIONS = """
postgres                postgresql://{word}:<{plain_password}>@db.{word}.example.com:5432/app?sslmode=require
mysql                   mysql+pymysql://{word}:<{plain_password}>@10.1.2.3:3306/shop
mongodb                 mongodb+srv://{word}:<{plain_password}>@cluster0.{lower:5}.mongodb.net/app
redis                   redis://:<{plain_password}>@cache.internal:6379/0
amqp                    amqps://{word}:<{plain_password}>@mq.{word}.example.com/vhost
ado-net                 Server=tcp:{word},1433;User ID=app;Password=<{plain_password}>;Encrypt=True;
jdbc                    jdbc:postgresql://db.internal:5432/app?user={word}&password=<{plain_password}>
basic-url               https://{word}:<{plain_password}>@git.{word}.example.com/team/repo.git
ftp-url                 ftp://{word}:<{plain_password}>@files.{word}.example.com/in
"""

_TOKENS = """
jwt                     {jwt}
pem-rsa                 {pem:RSA PRIVATE KEY}
pem-pkcs8               {pem:PRIVATE KEY}
pem-ec                  {pem:EC PRIVATE KEY}
pem-encrypted           {pem:ENCRYPTED PRIVATE KEY}
pem-openssh             {pem:OPENSSH PRIVATE KEY}
pem-pgp                 {pem:PGP PRIVATE KEY BLOCK}
bearer                  Authorization: Bearer <{url:40}>
basic                   Authorization: Basic <{basic}>
otpauth                 otpauth://totp/Shop:{word}?secret=<{b32:32}>&issuer=Shop
kubeconfig              client-key-data: <{encoded:-----BEGIN RSA PRIVATE KEY-----}>
cookie                  Cookie: sessionid=<{alnum:40}>
"""

_PROSE = """
password-colon          password: <{password}>
password-is             my password is <{password}>
password-german         Passwort: <{password}>
passwd-equals           passwd=<{password}>
pwd-quoted              pwd = '<{password}>'
api-key-is              the API key is <{alnum:32}>
secret-key              secret key: <{alnum:40}>
export-token            export SERVICE_TOKEN=<{alnum:36}>
option                  mysql --password <{password}> -h localhost
curl-user               curl -u admin:<{password}> https://api.example.com/v1
assignment              api_key = "<{alnum:32}>"
client-secret           client_secret: <{url:40}>
access-token            access token: <{alnum:40}>
"""

_PERSONAL = """
email                   {word}.{word}@{word}.com
email-idn               {word}.{word}@{word}-münchen.de
email-tagged            {word}+{word}@mail.{word}.co.uk
phone-german            +49 30 {digits:4}{number:9}{digits:3}
phone-french            +33 6 {digits:2} {digits:2} {digits:2} {digits:2}
phone-plain             +4479{digits:8}
phone-american          {nanp:(A) B-C}
phone-japanese          090-{digits:4}-{digits:4}
phone-german-mobile     0170 {digits:7}
phone-brazilian         (11) 9{digits:4}-{digits:4}
phone-spanish           6{digits:2} {digits:3} {digits:3}
phone-labelled          Telefonnummer: <0{number:9}{digits:8}>
phone-dotted            {nanp:A.B.C}
phone-international     {nanp:+1 A-B-C}
card-visa               {card:4,16, }
card-plain              {card:52,16,}
card-dashed             {card:4,16,-}
card-dotted             {card:4,16,.}
card-labelled           Kartennummer: <{card:4,16,}>
card-amex               {card:37,15, }
iban                    {iban:}
iban-spaced             {iban: }
ssn                     {ssn:-}
ipv4                    {ipv4}
ipv6                    {ipv6}
"""


def _parse_table(group: str, table: str) -> Iterator[Kind]:
    for row in table.strip().splitlines():
        name, template = row.split(maxsplit=1)
        yield Kind(name, group, template)


CREDENTIALS: tuple[Kind, ...] = (
    *_parse_table("providers", _PROVIDERS),
    *_parse_table("code", _CODE),
    *_parse_table("services", _SERVICES),
    *_parse_table("cloud", _CLOUD),
    *_parse_table("connections", _CONNECTIONS),
    *_parse_table("tokens", _TOKENS),
    *_parse_table("prose", _PROSE),
    *_parse_table("providers-2026", kinds_2026.PROVIDERS),
    *_parse_table("code-2026", kinds_2026.CODE),
    *_parse_table("services-2026", kinds_2026.SERVICES),
    *_parse_table("cloud-2026", kinds_2026.CLOUD),
    *_parse_table("named-2026", kinds_2026.NAMED),
)
PERSONAL: tuple[Kind, ...] = tuple(_parse_table("personal", _PERSONAL))
KINDS = CREDENTIALS + PERSONAL
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
