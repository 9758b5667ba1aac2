"""The kinds of volatile texts, each with the patterns of its common spellings.

The patterns are bytes in the syntax that RE2 and ``re`` share, for UTF-8 text. The first group is
the volatile part; the rest of a pattern is context, which counts as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

_ESCAPE = r"\\(?:[bfnrt]|u[0-9a-fA-F]{4})"
"""An escape sequence of JSON that is text of a string, whose last letter is no part of a word."""


def _alone(pattern: str, *, before: str = "", after: str = "") -> str:
    """Surround a pattern so that it matches whole words; an underscore separates words too."""
    lead = "|".join(filter(None, (r"\b", "_", _ESCAPE, before)))
    trail = "|".join(filter(None, ("[^0-9A-Za-z]", "$", after)))
    return f"(?:{lead})({pattern})(?:{trail})"


_NO_WORD = r"^|[ \t\r\n,;:.(\"']"
"""The border before a word that begins with a letter beyond ASCII, where no ``\\b`` is."""


def _any_of(*words: str) -> str:
    """Match any of the words, in any case; of letters beyond ASCII, the first may be upper case."""
    names = [name for each in words for name in each.split()]
    names += [name.capitalize() for name in names if not name[0].isascii()]
    return f"(?i:{'|'.join(names)})"


_SPACE = "(?:[ \t\r\n]|\u00a0|\u202f)"
_YEAR = "(?:19|20|21)[0-9]{2}"
_MONTH = "(?:0?[1-9]|1[0-2])"
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_MM = "(?:0[1-9]|1[0-2])"
_DD = "(?:0[1-9]|[12][0-9]|3[01])"

_ENGLISH = "january february march april june july august september october november december"
_MONTHS = _any_of(
    _ENGLISH,
    "may jan feb mar apr jun jul aug sept sep oct nov dec",
    "januar jänner februar märz mai juni juli oktober dezember mär mrz okt dez",
    "janvier février fevrier mars avril juin juillet août aout septembre octobre novembre",
    "décembre decembre janv févr fevr avr juil déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre",
    "diciembre ene abr ago dic",
    "janeiro fevereiro março marco maio junho julho setembro outubro novembro dezembro fev set out",
    "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug ott",
    "januari februari maart mei augustus mrt",
    "augusti maj marts desember tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta",
    "heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada",
    "grudnia ledna února března dubna května června července srpna září října listopadu prosince",
    "ocak şubat mart nisan may\u0131s haziran temmuz ağustos eylül ekim kas\u0131m aral\u0131k",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
)
_MONTHS_IN_PROSE = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Januar|Jänner|Februar|März|Mai|Juni|Juli|"
    "Oktober|Dezember|janvier|février|avril|mai|juin|juillet|août|septembre|octobre|novembre|"
    "décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|"
    "diciembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|"
    "gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|januari|februari|"
    "maart|april|juni|juli|augustus|september|oktober|november|december)"
)
"""Names of months as they are written beside a day without a year, where ``may`` is no month."""

_WEEKDAY_NAMES = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles miercoles jueves viernes sábado sabado domingo",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag",
    "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
    "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    "pondělí úterý středa čtvrtek pátek neděle",
    "pazartesi sal\u0131 çarşamba perşembe cumartesi cuma pazar",
    "понедельник вторник среда четверг пятница суббота воскресенье",
    "понеділок вівторок середа четвер п'ятниця субота неділя",
)
_WEEKDAYS = _any_of(
    *_WEEKDAY_NAMES,
    "mon tues tue wed thurs thur thu fri sat sun mo di mi do fr sa so",
    "lun mar mer jeu ven sam dim mié mie jue vie sáb sab dom lu ma me je ve seg ter qua qui sex",
    "gio wo za zo vr",
)
_OPENING, _CLOSING = "(?:[(]|\uff08)", "(?:[)]|\uff09)"
_EAST_WEEKDAY = (
    "(?:(?:月|火|水|木|金|土|日)曜日?"
    "|(?:星期|礼拜|週|周)(?:一|二|三|四|五|六|日|天)|(?:월|화|수|목|금|토|일)요일)"
)

_WEEKDAY_LEAD = (
    rf"(?:{_WEEKDAYS}[.]?,?{_SPACE}{{1,2}}(?:(?:der|den|dem|the|le|el|dia|il|op){_SPACE})?)?"
)
_ORDINAL = "(?:st|nd|rd|th|er|ème|º|ª|[.])?"
_OF = f"(?:(?:of|de|del|d')?{_SPACE}?)?"
_DAY_OF_MONTH = f"{_DAY}{_ORDINAL}(?:{_SPACE}{{1,2}}|-|/)?(?:(?:of|de|del){_SPACE})?"
_TO_YEAR = f"[.]?,?(?:{_SPACE}{{1,2}}|-|/)(?:(?:de|del|,){_SPACE})?"
_CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60))?"

_DATES = (
    # 20261130T080000Z, 20261130_080000, 2026-11-30_08-00-00
    rf"{_YEAR}{_MM}{_DD}(?:[T_-]?(?:[01][0-9]|2[0-3])[0-5][0-9]"
    "(?:[0-5][0-9](?:[.,]?[0-9]{1,9})?)?(?:Z|[+-][0-9]{4})?)?",
    rf"{_YEAR}-{_MM}-{_DD}[T_-](?:[01][0-9]|2[0-3])[-_][0-5][0-9][-_][0-5][0-9]",
    # 2026-11-30, 2026/11/30, 2026. 11. 30., 2026-W49-1
    rf"{_YEAR}(?:-{_MONTH}-|/{_MONTH}/|[.]{_MONTH}[.]){_DAY}",
    rf"{_YEAR}[.] {_MONTH}[.] {_DAY}",
    rf"{_YEAR}-W(?:0[1-9]|[1-4][0-9]|5[0-3])(?:-[1-7])?",
    # Mon Nov 30 08:00:00 2026, Mon Nov 30 08:00:00 CET 2026
    rf"{_WEEKDAYS}{_SPACE}{{1,2}}(?:{_MONTHS}{_SPACE}{{1,2}}{_DAY}|{_DAY}{_SPACE}{{1,2}}{_MONTHS})"
    rf"{_SPACE}{{1,2}}{_CLOCK}{_SPACE}"
    rf"(?:[A-Z]{{3,5}}{_SPACE})?{_YEAR}",
    # Mon, 30 Nov 2026; Montag, den 30. November 2026; 30-NOV-2026; 30 de noviembre de 2026
    rf"{_WEEKDAY_LEAD}{_DAY_OF_MONTH}{_MONTHS}{_TO_YEAR}{_YEAR}",
    rf"{_WEEKDAY_LEAD}{_DAY}-{_MONTHS}-[0-9]{{2}}",
    # Mon Nov 30 2026, November 30th, 2026
    rf"{_WEEKDAY_LEAD}{_MONTHS}[.]?{_SPACE}{{1,2}}{_DAY}(?:st|nd|rd|th)?,?{_SPACE}{{1,2}}{_YEAR}",
    rf"{_YEAR}(?:{_SPACE}|-){_MONTHS}(?:{_SPACE}|-){_DAY}",
    # 11/30/2026, 30.11.2026, 30/11/26, 30.11.26
    rf"{_DAY}(?:/{_DAY}/|[.]{_SPACE}?{_DAY}[.]{_SPACE}?|-{_DAY}-){_YEAR}",
    rf"{_DAY}/{_DAY}/[0-9]{{2}}",
    # Monday, November 30; Montag, 30. November; 30 November; November 2026
    rf"{_WEEKDAY_LEAD}{_MONTHS_IN_PROSE}[.]?{_SPACE}{_DAY}(?:st|nd|rd|th)?",
    rf"{_WEEKDAY_LEAD}{_DAY}{_ORDINAL}{_SPACE}(?:(?:of|de){_SPACE})?{_MONTHS_IN_PROSE}",
    rf"{_MONTHS}[.]?,?{_SPACE}(?:(?:de|del){_SPACE})?{_YEAR}",
)
_SHORT_DATE = (
    rf"(?:^|[^0-9A-Za-z.]|{_ESCAPE})({_DD}[.]{_MM}[.][0-9]{{2}})(?:[^0-9A-Za-z.]|[.][^0-9]|[.]?$)"
)
"""30.11.26, but no part of a version or an address."""
_EAST_DATES = (
    rf"(?:(?:{_YEAR}|(?:令和|平成|昭和)[0-9]{{1,2}}){_SPACE}?(?:年|년){_SPACE}?)?{_MONTH}{_SPACE}?"
    rf"(?:月|월){_SPACE}?{_DAY}{_SPACE}?(?:日|号|일)"
    rf"(?:{_SPACE}?{_EAST_WEEKDAY}"
    f"|{_SPACE}?{_OPENING}(?:月|火|水|木|金|土|日|월|화|수|목|금|토|일)(?:曜日?)?{_CLOSING})?"
)

_ZONES = (
    "(?:UTC|GMT|Z|CEST|CET|BST|WEST|WET|EEST|EET|MESZ|MEZ|MSK|IST|JST|KST|HKT|SGT|AEST|AEDT|ACST|"
    "AWST|NZST|NZDT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|AKST|HST)"
)
_ZONE = (
    rf"(?:{_SPACE}?{_ZONES})?(?:{_SPACE}?[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?"
    r"(?: ?\([A-Z][A-Za-z ]{1,60}\))?(?:\[[A-Z][A-Za-z_/+-]{1,60}\])?"
)
_NOON = f"(?:{_SPACE}?(?i:[ap]m|[ap][.]m[.]))?"
_EAST_NOON = f"(?:上午|下午|午前|午後|오전|오후){_SPACE}?"
_TIMES = (
    rf"{_CLOCK}(?:[.,][0-9]{{1,9}})?{_NOON}{_ZONE}(?:{_SPACE}(?:Uhr|uur))?",
    rf"(?:0?[1-9]|1[0-2]){_SPACE}?(?i:[ap]m)",
    rf"(?:[01]?[0-9]|2[0-3])(?:[.][0-5][0-9])?{_SPACE}Uhr",
    rf"(?:[01]?[0-9]|2[0-3]){_SPACE}?h{_SPACE}?[0-5][0-9]",
)
_EAST_TIMES = (
    rf"(?:{_EAST_NOON})?(?:[01]?[0-9]|2[0-3]){_SPACE}?(?:時|时|点|點|시){_SPACE}?"
    rf"(?:[0-5]?[0-9]{_SPACE}?(?:分|분)(?:{_SPACE}?[0-5]?[0-9]{_SPACE}?(?:秒|초))?)?"
    rf"|{_EAST_NOON}{_CLOCK}"
)

_STAMP = "(?:1[4-9]|2[01])[0-9]{8}(?:[.][0-9]{1,9}|[0-9]{9}|[0-9]{6}|[0-9]{3})?"
"""Seconds since 1970 from 2014 to 2039, or a thousandth, millionth, billionth of them."""

_SLASH = r"\\{0,2}/"
_SEPARATOR = r"[\\/]{1,4}"
_NAME_CHARACTER = r"""[^/\\ \t\r\n"'<>|*?,;:()\[\]{}`.]"""
_TEMP_NAME = rf"{_NAME_CHARACTER}{{1,255}}(?:[.][0-9A-Za-z]{{6,12}}\b)?"
_PYTEST = rf"pytest-of-{_NAME_CHARACTER}{{1,64}}{_SEPARATOR}pytest-[0-9]{{1,9}}"
_WORKER = rf"(?:{_SEPARATOR}popen-gw[0-9]{{1,4}})?"
_BEFORE_PATH = r"(?:^|[^0-9A-Za-z._~/\\-]|\\[nrt\"])"
_TEMP_PATHS = (
    rf"{_BEFORE_PATH}((?:{_SLASH}private)?"
    rf"(?:{_SLASH}var{_SLASH}folders{_SLASH}{_NAME_CHARACTER}{{1,64}}"
    rf"{_SLASH}{_NAME_CHARACTER}{{1,64}}{_SLASH}[A-Z]"
    rf"|{_SLASH}(?:var{_SLASH}|usr{_SLASH})?tmp|{_SLASH}dev{_SLASH}shm"
    rf"|{_SLASH}var{_SLASH}folders|{_SLASH}run{_SLASH}user{_SLASH}[0-9]{{1,9}}){_SLASH}(?:{_PYTEST}{_WORKER}|{_TEMP_NAME}))",
    rf"{_BEFORE_PATH}([A-Za-z]:{_SEPARATOR}(?:(?:[^/\\\":'<>|\r\n]{{1,60}}{_SEPARATOR}){{1,12}})?"
    rf"(?i:te?mp){_SEPARATOR}(?:{_PYTEST}{_WORKER}|{_TEMP_NAME}))",
    rf"(?:/|\\)({_PYTEST}{_WORKER})",
)

_HOSTS_HERE = r"(?:localhost|127(?:\.[0-9]{1,3}){3}|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)"
_PORTS = (
    rf"\b{_HOSTS_HERE}:([1-9][0-9]{{1,4}})\b",
    rf"(?:^|[^0-9A-Za-z.]){_HOSTS_HERE}:([1-9][0-9]{{1,4}})\b",
    r"\b(?i:port)[\"']?[ =:#]{1,3}([1-9][0-9]{3,4})\b",
)
_SAFE_LETTER = "[bcdfghjklmnpqrstvwxz2456789]"
"""Letters and digits of the names that Kubernetes generates."""
_HOSTS = (
    rf"\b[a-z][0-9a-z-]{{0,60}}-((?:{_SAFE_LETTER}{{8,10}}|[0-9a-f]{{8,10}})-{_SAFE_LETTER}{{5}})\b",
    r"\b(?i:host|hostname|container|container[ _-]id|pod)[\"']?[ =:@/]{1,3}[\"']?"
    r"([0-9a-f]{12}(?:[0-9a-f]{52})?)\b",
    r"\b(ip(?:-[0-9]{1,3}){4})\b",
    r"\b(i-[0-9a-f]{8}(?:[0-9a-f]{9})?)\b",
    r"\b(fv-az[0-9]{1,5}-[0-9]{1,5})\b",
    r"\brunner-([0-9A-Za-z_]{6,12})-project-[0-9]{1,12}-concurrent-[0-9]{1,6}\b",
    r"\b(?i:host|hostname|machine|node|pod|server)[\"']?[ =:]{1,3}[\"']?"
    r"[a-z][0-9a-z.]{0,40}(?:-[a-z]{1,40}){0,6}-([0-9a-z]{5,16})\b",
)
_UNIT = (
    "(?:ns|µs|us|ms|s|secs?|seconds?|milliseconds?|mins?|minutes?|m|h|hours?|Sekunden|Minuten|"
    "secondes|segundos|秒|分)"
)
_AMOUNT = "[0-9]{1,12}(?:[.,][0-9]{1,9})?"
_DURATIONS = (
    r"\b(?i:took|taking|in|after|elapsed|elapsed time|duration|latency|total|real|user|sys|for)"
    rf"[ :=\t]{{1,4}}({_AMOUNT}{_SPACE}?{_UNIT}(?:{_SPACE}?{_AMOUNT}{_SPACE}?{_UNIT}){{0,3}})"
    "(?:$|[^0-9A-Za-z])",
    rf"\b([0-9]{{1,12}}[.][0-9]{{1,9}}{_SPACE}?{_UNIT})(?:$|[^0-9A-Za-z])",
    rf"\b([0-9]{{1,12}}{_SPACE}?(?:ns|µs|us|ms|milliseconds))\b",
    r"\b(?i:duration|elapsed|latency|took)(?:_[a-z]{1,12})?\\{0,2}[\"']?[ ]?[:=][ ]?"
    r"([0-9][0-9.]{0,20})\b",
    r"\b(P(?:[0-9]{1,4}D)?T[0-9][0-9HM.]{0,24}[HMS])\b",
)


_PREFIXED = re.compile(rb"[a-z]{2,12}_([0-9A-Za-z]{10,64})")


def _is_mixed(text: bytes) -> bool:
    """Return whether a text has both letters and digits, as hardly any word or number has."""
    return re.search(rb"[0-9]", text) is not None and re.search(rb"[A-Za-z]", text) is not None


def _is_random(text: bytes) -> bool:
    """Return whether a text looks like 96 random bits, or like ``req_8f3kd92ls0a``."""
    if len(text) >= 16 and all(re.search(part, text) for part in (rb"[0-9]", rb"[a-z]", rb"[A-Z]")):
        return True
    match = _PREFIXED.fullmatch(text)
    if match is None or not _is_mixed(match[1]):
        return False
    return match[1].islower() or len(re.findall(rb"[0-9]+", match[1])) > 1


def _accept(_: bytes) -> bool:
    return True


CHOSEN_NAMES = frozenset(
    ["model", "engine", "deployment", "type", "version", "api-version", "api_version"]
)
"""Names of values that are chosen, even if they look like a date or a counter: they always
count."""


class VolatileKindRule(Struct, frozen=True):
    """One kind of volatile text."""

    noun: str
    """The name of such a text, with its article; several kinds may share it."""
    patterns: tuple[str, ...]
    """Regular expressions whose first group is volatile; an earlier one has precedence."""
    is_volatile: Callable[[bytes], bool] = _accept
    """A check of what the group has matched, for what an expression cannot say."""
    in_numbers: bool = False
    """True if a JSON number can be of this kind."""
    needs_digit: bool = True
    """True if each text of this kind has a digit."""


_TIME_NOUN = "a date or a time"
_RANDOM_NOUN = "a random value"

KINDS: Mapping[str, VolatileKindRule] = {
    "uuid": VolatileKindRule(
        "a UUID", (_alone("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),)
    ),
    "ulid": VolatileKindRule(_RANDOM_NOUN, (_alone("[0-7][0-9A-HJKMNP-TV-Z]{25}"),), _is_mixed),
    "temp_path": VolatileKindRule("the path of a temporary file", _TEMP_PATHS, needs_digit=False),
    "port": VolatileKindRule("a port", _PORTS),
    "address": VolatileKindRule("a memory address", (_alone("0x[0-9a-fA-F]{6,16}"),)),
    "date": VolatileKindRule(
        _TIME_NOUN,
        (
            f"({_EAST_DATES})",
            _alone("|".join(_DATES), before=_NO_WORD, after="T[0-9]"),
            _SHORT_DATE,
        ),
    ),
    "time": VolatileKindRule(
        _TIME_NOUN,
        (f"({_EAST_TIMES})", _alone("|".join(_TIMES), before="T")),
    ),
    "weekday": VolatileKindRule(
        _TIME_NOUN,
        (
            _alone(f"{_any_of(*_WEEKDAY_NAMES)}|Mon|Tue|Wed|Thu|Fri|Sat|Sun", before=_NO_WORD),
            f"({_EAST_WEEKDAY})",
        ),
        needs_digit=False,
    ),
    "epoch": VolatileKindRule("a Unix timestamp", (_alone(_STAMP),), in_numbers=True),
    "duration": VolatileKindRule("a duration", _DURATIONS),
    "pid": VolatileKindRule(
        "a process id", (r"\b(?i:pid|ppid|process|process id)[\"']?[ =:#\[]{1,3}([0-9]{1,7})\b",)
    ),
    "host": VolatileKindRule("a generated host name", _HOSTS, _is_mixed),
    "hex_id": VolatileKindRule(_RANDOM_NOUN, (_alone("[0-9a-fA-F]{7,512}"),), _is_mixed),
    "random_id": VolatileKindRule(
        _RANDOM_NOUN, (_alone("[0-9A-Za-z][0-9A-Za-z+/_-]{12,511}={0,2}"),), _is_random
    ),
}
"""All kinds by their names in ``[match] volatile``; an earlier one has precedence, because a date
may be part of a path, but a path is no part of a date."""
