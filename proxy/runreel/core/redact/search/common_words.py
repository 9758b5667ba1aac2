"""Common English words: a secret that is one of them cannot be told from ordinary text.

``important`` may be a password, and ``standard`` a cookie. To replace such a word wherever it
occurs would blank prose, and names of JSON members too. These are the most frequent words of eight
letters and more, in general texts and in technical ones; shorter values are not searched for.
"""

from __future__ import annotations

_WORDS = """
    abandoned abilities abortion absolute absolutely abstract academic acceptable accepted
    accepting accessed accesses accessible accessing accident accidentally accommodate
    accompanied according accordingly accounting accounts accuracy accurate achieved achievement
    acquired acquisition actively activities activity actually addition additional additionally
    additions addressed addresses adjusted administration administrative admitted advanced
    advantage adventure advertising advocate affected affecting affordable afghanistan afternoon
    afterwards agencies aggressive agreement agricultural agriculture aircraft airlines
    alexander algorithm algorithms alignment alliance allocate allocated allocating allocation
    allocations allowing alongside alternate alternative alternatives although ambassador
    ambiguous amendment american americans analysis anderson anniversary annotations announce
    announced announcement annoying anonymous answered anything anywhere apartment apparent
    apparently appearance appeared appended appending applicable application applications
    applying appointed appointment appreciate approach approaches appropriate appropriately
    approval approved approximately arbitrary architecture architectures argentina argument
    arguments arithmetic arranged arrangement arrangements arrested articles artificial
    assembler assembly assertion assertions assessment assigned assignment assignments
    assistance assistant associate associated association assuming assumption asynchronous
    athletes atlantic atmosphere attached attacked attacking attempted attempting attempts
    attended attending attention attitude attorney attracted attractive attribute attributes
    audience australia australian authentication authorities authority authorization autoconf
    automake automated automatic automatically availability available avoiding awareness
    background backport backslash backward backwards bacteria baltimore barcelona basically
    basketball bathroom beautiful becoming beginning behavior behaviour believed believes
    benefits binaries bindings biological birthday bootstrap boundaries boundary boyfriend
    brackets branches brazilian breakfast breaking breathing brilliant bringing broadcast
    brooklyn brothers building buildings builtins bullshit business businesses calculate
    calculated calculation calendar california callback callbacks cambridge campaign campaigns
    campbell canadian cancelled candidate candidates canonical capabilities capability capacity
    captured carefully carolina carrying catching categories category catholic celebrate
    celebrated celebration celebrity centuries ceremony certainly certificate certificates
    certified chairman challenge challenges challenging champion champions championship
    changelog changing channels character characteristics characters charlotte cheating checking
    checkout chemical chemistry childhood children chocolate choosing christian christianity
    christians christmas christopher churches circular circumstances citizens civilian claiming
    classical classified cleaning cleanups cleveland clinical clothing coaching coalition
    collaboration colleagues collected collection collections collective colleges colorado
    columbia combination combined comfortable commander commands commentary commented comments
    commerce commercial commission commissioner commitment committed committee commonly
    commonwealth communicate communication communications communist communities community
    companies compared comparing comparison comparisons compatibility compatible compensation
    competing competition competitive compilation compiled compiler compilers compiles compiling
    complain complaint complaints complete completed completely completion compliance compliant
    complicated component components composed composition comprehensive compress compressed
    compression computation computed computer computers computing concentration concepts
    concerned concerning concerns concluded conclusion concrete condition conditional conditions
    conducted conference confidence confident configurable configuration configurations
    configure configured configuring confirmed conflict conflicting conflicts confused confusing
    confusion congratulations congress congressional connected connection connections
    consequences conservation conservative consider considerable consideration considered
    considering consistency consistent consistently consists conspiracy constant constantly
    constants constitution constitutional constraint constraints construct constructed
    construction constructor constructs consumer consumers consumption contained container
    containing contains contemporary contents contexts continuation continue continued continues
    continuing continuous contract contracts contrast contribute contributed contribution
    contributions contributors controlled controls controversial controversy convenience
    convenient convention conventional conventions conversation conversations conversion
    conversions converted converting convicted convince convinced cooperation copyright
    corporate corporation corrected corrections correctly correctness correspond corresponding
    corresponds corrupted corruption counties counting countries coverage covering crashing
    creating creation creative creatures criminal criteria critical criticism crossing cultural
    cultures currency currently customer customers dangerous darkness database daughter
    daughters deadlock debugger debugging december decision decisions declaration declarations
    declared declined decoding dedicated defaulting defaults defending defensive defining
    definitely definition definitions deleting delicious delivered delivery democracy democrat
    democratic democrats demonstrate demonstrated department departments departure dependencies
    dependency dependent depending deprecated deprecation depression dereference describe
    described describes describing description descriptions descriptor descriptors deserves
    designated designed designer desperate destination destroyed destruction detailed detected
    detecting detection detective determine determined determining developed developer
    developers developing development developments diagnosis diagnostic diagnostics dialogue
    dictionary difference differences different differently difficult difficulties difficulty
    directed direction directions directive directives directly director directories directors
    directory disability disabled disables disabling disappeared disappointed disaster discarded
    discipline disclaimer discount discover discovered discovery discrimination discussed
    discussing discussion discussions diseases disgusting dismissed disorder displayed distance
    distinct distinguish distinguished distribute distributed distributing distribution
    distributions district districts diversity division document documentary documentation
    documented documents domestic dominant download downloaded downtown dramatic drinking
    dropping duplicate duplicated duplicates duplication dynamically earnings economic economics
    edinburgh educated education educational effective effectively efficiency efficient egyptian
    election elections electric electrical electricity electronic electronics elementary
    elements eligible eliminate elizabeth elsewhere embedded emergency emerging emitting
    emotional emotions emphasis employed employee employees employer employers employment
    emulation enabling encoding encodings encounter encountered encourage encouraged enforcement
    engagement engineer engineering engineers enhanced enhancements enjoying enormous entering
    enterprise entertainment entirely entitled entrance environment environmental environments
    episodes equality equipment equipped equivalent escaping especially essential essentially
    establish established establishment estimate estimated estimates european evaluate
    evaluation eventually everybody everyday everyone everything everywhere evidence evolution
    examination examples excellent exception exceptions exchange excitement exciting excluded
    excluding exclusive exclusively executable executables executed executing execution
    executive exercise exhibition existence existing expanded expansion expectations expected
    expecting expenses expensive experience experienced experiences experiment experimental
    experiments explained explaining explains explanation explicit explicitly exploration
    explosion exported exposure expressed expression expressions extended extension extensions
    extensive external extracted extraordinary extremely facebook facilities facility failures
    fallback familiar families fantastic favorite favourite featured features featuring february
    federation feedback feelings festival fighters fighting filename filenames filesystem
    filtering financial findings finished finishing floating focusing followed followers
    following forgotten formation formatted formatting formerly foundation framework franchise
    francisco franklin frequency frequent frequently friendly friendship function functional
    functionality functions fundamental furnished furniture furthermore gathered gathering
    generally generate generated generates generating generation generations generator generous
    girlfriend gorgeous government governments governor gracefully gradually graduate
    grandfather graphics grateful greatest guarantee guaranteed guarantees guardian guidance
    guidelines hamilton handlers handling handsome happened happening happiness hardcoded
    hardening hardware harmless headquarters healthcare heritage hierarchy highlight highlights
    hilarious historic historical holidays hollywood homeless honestly hopefully horrible
    hospital hospitals hostname household humanity hundreds identical identified identifier
    identifiers identify identity ignoring illinois imagination immediate immediately immigrants
    immigration imperial implement implementation implementations implemented implementing
    implements implicit implicitly importance important imported impossible impressed impression
    impressive improved improvement improvements improving incident included includes including
    inclusion incoming incompatible incomplete inconsistent incorporated incorrect incorrectly
    increase increased increases increasing increasingly incredible incredibly increment
    indentation independence independent independently indicate indicated indicates indicating
    indirect individual individuals indonesia industrial industries industry infection infinite
    influence influenced information informed infrastructure inherited initialization initialize
    initialized initializer initializing initially initiative injuries innocent innovation
    inserted inspector inspiration inspired instagram installation installed installing installs
    instance instances instantly institute institution institutions instruction instructions
    instrument instruments insurance integers integrated integration integrity intellectual
    intelligence intelligent intended intention interaction interactive interest interested
    interesting interests interface interfaces interior intermediate internal internally
    internals international internet interpret interpretation interpreted interpreter
    intervention interview interviews introduce introduced introduces introduction invasion
    invested investigate investigation investigations investment investments investors
    invocation invocations invoking involved involvement involves involving isolated iteration
    iterator japanese jennifer jerusalem jonathan journalist journalists judgment kentucky
    keywords knowledge laboratory landscape language languages laughing launched lawrence
    leadership learning legendary legislation legislative legitimate libraries licensed licenses
    licensing lieutenant lifestyle lifetime lighting lightning limitation limitations listened
    listening literally literals literary literature liverpool localhost location locations
    louisiana lowercase machines magazine mainstream maintain maintained maintainer maintainers
    maintaining maintenance majority makefile malaysia malformed management managers managing
    manchester mandatory manpages manually manufacturer manufacturers manufacturing mappings
    margaret marijuana marketing marriage marshall maryland massachusetts matching material
    materials meaningful meanwhile measured measures mechanical mechanism medicine meetings
    melbourne membership memorial memories mentally mentioned messages metadata michigan
    microsoft midnight migration military millions milliseconds minister ministers ministry
    minnesota minority misleading mismatch missions mississippi missouri mistakes mitchell
    moderate modification modifications modified modifier modifiers modifying monitoring
    mortgage motivation mountain mountains movement movements multiarch multiple municipal
    murdered namespace narrative national naturally navigation necessarily necessary negative
    negotiations neighborhood neighbors netherlands networks nevertheless newlines newspaper
    newspapers nightmare nonsense normally northern notation november numerous objective
    observed obsolete obtained obtaining obviously occasion occasionally occasions occupation
    occupied occurred offensive offering officers official officially officials oklahoma
    olympics operands operated operating operation operational operations operator operators
    opinions opponent opponents opportunities opportunity opposite opposition optimization
    optimizations optimize optimized optional optionally ordering ordinary organisation
    organization organizations organized original originally otherwise ourselves outdated
    outstanding overcome overflow overflows overhead overnight overridden override overrides
    overriding overseas overwrite overwritten ownership packages packaging painting paintings
    pakistan paragraph parallel parameter parameters parentheses parliament partially
    participants participate participating participation particular particularly partners
    partnership passenger passengers password pathname patience patients patterns payments
    peaceful pennsylvania percentage perfectly performance performances performed performing
    performs permanent permission permissions permitted personal personality personally
    personnel perspective petition philadelphia philippines philosophy photograph photographer
    photographs photography physical physically pictures planning platform platforms playoffs
    pleasant pleasure pointers pointing policies political politicians politics pollution
    popularity population populations portability portable portions portrait position positions
    positive possession possibility possible possibly potential potentially powerful practical
    practically practice practices precedence preceding precious precisely precision predefined
    preference preferred prefixed prefixes pregnancy pregnant preparation prepared preparing
    preprocessor presence presentation presented presents preserve preserved president
    presidential pressure preventing prevention prevents previous previously primarily principal
    principle principles printing priority prisoner prisoners privilege probably problematic
    problems procedure procedures processed processes processing processor produced producer
    producers produces producing production productive products professional professionals
    professor programme programming programs progress progressive projects prominent promised
    promises promoting promotion propagate properly properties property proposal proposals
    proposed protected protecting protection protests protocol prototype prototypes provided
    provides providing province psychological psychology publication publications publicly
    published publishing punishment purchase purchased purposes qualified qualifier quarters
    queensland question questions radiation railroad reaching reaction reactions readability
    readable readline realized reasonable received receives receiving recently reception
    recognition recognize recognized recommend recommendations recommended recorded recording
    recovered recovery recursion recursive recursively redistribute reducing reduction redundant
    reference referenced references referred referring refugees regarded regarding regardless
    regional register registered registers registration registry regression regressions
    regularly regulation regulations regulatory rejected relating relation relations
    relationship relationships relative relatively relatives released releases relevant reliable
    reliably religion religious remained remaining remarkable remember remembered removing
    renaming repeated repeatedly replaced replacement replaces replacing reported reporter
    reporting repository represent representation representations representative representatives
    represented representing represents reproduce reproducible republic republican republicans
    reputation requested requests required requirement requirements requires requiring research
    researchers reserved reserves residence resident residential residents resistance resolution
    resolved resolves resolving resource resources respective respectively responded response
    responses responsibility responsible restaurant restaurants restrict restricted restriction
    restrictions resulted resulting retained retirement retrieve returned returning revealed
    reverted reviewed revision revolution rewritten ridiculous robinson romantic routines
    sacrifice satellite satisfied saturday scanning schedule scheduled sciences scientific
    scientist scientists scotland scottish screaming searching secondary secretary sections
    securities security segfault selected selecting selection semantics semicolon sensitive
    sentence separate separated separately separator september sequence sequences seriously
    services sessions settings settlement shipping shooting shopping shoulder shutdown signature
    signatures significant significantly silently similarly simplified simplify singapore
    situation situations skipping sleeping slightly snapshot socialist software soldiers
    solution solutions somebody something sometimes somewhat somewhere southern speakers
    speaking specialist specially specific specifically specification specifications specified
    specifier specifies specifying spectrum spelling spending spiritual splitting sponsored
    spurious stability standalone standard standards standing starting statement statements
    statically stations statistics stealing stopping straight stranger strategic strategies
    strategy streaming strength strictly striking stronger strongly structure structures
    struggle struggling students studying stunning stylesheet subclass subdirectories
    subdirectory subjects sublicense submitted subsequent subsequently substance substantial
    substitute substitution successful successfully suddenly suffered suffering sufficient
    suggested suggesting suggestion suggestions suggests suitable superfluous superior supplied
    supplies supported supporters supporting supports supposed suppress surprise surprised
    surprising surrounded surrounding survival survived suspended suspension swimming switches
    switching switzerland symbolic symlinks symptoms syndrome talented tarballs targeted
    teachers teaching technical technique techniques technologies technology telephone
    television temperature temperatures template templates temporarily temporary tennessee
    terminal terminate terminated termination terrible territory terrorism terrorist terrorists
    testsuite thailand themselves theories therefore thinking thompson thoughts thousand
    thousands threatened throughout throwing thursday timeouts timestamp timestamps together
    tomorrow toolchain touching tournament tracking tradition traditional trailing training
    transaction transactions transfer transferred transform transformation transition translate
    translated translation translations transmission transport transportation traveling treasury
    treating treatment triggered triggers truncated truncation typically ultimate ultimately
    unavailable unchanged unconditionally undefined underground underlying underscore understand
    understanding understood undocumented unemployment unexpected unfortunately uninitialized
    universal universe universities university unlikely unlimited unnecessarily unnecessary
    unneeded unsigned unspecified unstable unsupported unwanted upcoming updating upgrades
    upstream username utilities vacation valgrind validate validation validity valuable variable
    variables variants vehicles verbatim verification versioned versioning versions veterans
    victoria violence virginia virtually visibility visiting visitors volunteer volunteers
    vulnerability vulnerable warnings warranty warriors washington watching websites wednesday
    whatever whenever wherever whitespace wildcard wildlife williams wireless wisconsin
    witnesses wondered wonderful wondering workaround workarounds worldwide wrappers wrapping
    writable yesterday yourself
"""
_DEFAULTS = """
    airflowadmin cassandra changeit changeme clickhouse cockroach couchbase elasticsearch guacamole
    influxdb keycloak kubernetes mariadb metabase minioadmin nextcloud openldap opensearch postgres
    postgresql rabbitmq sonarqube superadmin superset superuser sysadmin testpass testtest testuser
    timescale vaultwarden wordpress
"""
"""Passwords that products have before somebody changes them, mostly their own names."""

_AFTER_LABELS = """
    alphanumeric ciphername credentials doesnotexist encrypted erforderlich incorrecta incorrecto
    invalide obligatoire obligatoria obligatorio obrigatoria obrigatorio opcional optionnel
    passphrase passphrases plaintext requerida requerido ungueltig vergessen verplicht wachtwoord
    yourpassword yoursecret
"""
"""Further words that often stand after ``password:``, also in other languages."""

_COMMON = frozenset((_WORDS + _DEFAULTS + _AFTER_LABELS).encode().split())


def is_common_word(value: bytes) -> bool:
    """Return whether a value is a common word in any letter case, perhaps with a digit after it.

    ``password1`` and ``password2`` are names of form fields.
    """
    word = value[:-1] if value[-1:].isdigit() else value
    return word.lower() in _COMMON
