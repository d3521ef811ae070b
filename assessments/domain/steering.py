"""Signs that a text tries to steer whoever grades it. Deterministic, so that a model cannot be talked out of them.


A flag is a hint to a person. It lowers no score, and what is not flagged is not thereby innocent.
"""

# ruff: noqa: RUF001, E501 - letters that look like others are the subject here, and a pattern over two lines is read wrongly
from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import unquote

from assessments.prompts import INVISIBLE, visible


class Flag(StrEnum):
    INSTRUCTION_LIKE = "instruction_like"
    INVISIBLE_CHARACTERS = "invisible_characters"
    ENCODED = "encoded"
    FORGED_RUBRIC = "forged_rubric"
    SHORT_AND_HIGH = "short_and_high"
    MODEL_SAYS_SO = "model_says_so"


FLAG_WORDS = {
    Flag.INSTRUCTION_LIKE: "Some of the text reads like an instruction to whoever grades it.",
    Flag.INVISIBLE_CHARACTERS: "It holds characters that nobody sees; they were taken out before AI read it.",
    Flag.ENCODED: "It holds an encoded passage that reads like an instruction once decoded.",
    Flag.FORGED_RUBRIC: "Some of the text imitates a rubric, a score or a model's output.",
    Flag.SHORT_AND_HIGH: "A short text with the highest levels suggested.",
    Flag.MODEL_SAYS_SO: "AI says that the text addresses whoever grades it.",
}

# Each says "grader, do this" in one way. Words alone are no sign: honest answers ignore caches and grade beef.
_GRADER = r"(?:grader|grading|examiner|evaluator|marker|scorer|assessor|reviewer|judge|ai|assistant|model|llm|chatbot|language model|gemini)"
_TOP = r"(?:full|max(?:imum|imal)?|top|highest|perfect|best|all(?: the)?)[- ](?:marks?|points?|scores?|grades?|levels?|credits?|ratings?)"
INSTRUCTIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # English
        r"\b(?:ignore|disregard|forget|override|bypass|skip|drop)\b[^.\n]{0,40}\b(?:instruction|rubric|rule|criteri|guideline|prompt|direction|above|previous|prior|constraint)s?",
        rf"\b(?:give|award|assign|grant|set|return|output|choose|select|pick|report|mark)\b[^.\n]{{0,60}}\b{_TOP}",
        rf"\b{_TOP}\b[^.\n]{{0,40}}\b(?:for (?:this|every|each|all)|please|must|should be|is required|deserve)",
        r"\b(?:note|message|instruction|attention|memo|hint|reminder|dear|hello|hi|hey)\b[^.\n]{0,20}\b(?:to |for )?(?:the )?"
        + _GRADER
        + r"\b[^.\n]{0,12}[:,!\-—]",
        r"\byou are (?:now |no longer |an? )?[^.\n]{0,30}\b(?:" + _GRADER + r"|dan|unrestricted|developer mode)",
        r"\b(?:as|being) an? (?:ai|llm|language model|assistant|automated)\b",
        r"\bif you(?:'re| are) an? (?:ai|llm|language model|bot|automated|assistant|model)\b",
        r"\b(?:system|developer|admin(?:istrator)?|operator) ?(?:prompt|message|override|note|instruction|notice|mode)\b",
        r"\b(?:from now on|new instructions?|updated? instructions?|your (?:new |real |actual )?(?:task|role|job|instructions?) (?:is|are))\b",
        r"\b(?:score|grade|rate|mark|evaluate|treat|consider|judge|classify) (?:this|my|the|it)(?: (?:answer|response|text|submission|essay))?(?: (?:as|with|at))? (?:\w+ ){0,3}(?:correct|excellent|perfect|complete|outstanding|highest|maximum|full|10|100|a\+|pass)",
        r"\b(?:this|my|the) (?:answer|response|submission|candidate) (?:has )?(?:already |been )*(?:must|shall|is to|should|has to|was|were) (?:be )?(?:already )?(?:given|receive|get|scored?|graded|marked|awarded|verified|pre-?approved|rated|pass)",
        r"\b(?:already|previously) (?:been )?(?:verified|reviewed|approved|graded|scored|checked) (?:by|as)\b",
        r"\bspeaks_to_the_grader\b|\bset (?:the )?(?:flag|evidence|points)\b",
        r"\b(?:thought process|let'?s think step by step|solution)\s*:\s*$",
        r"\b(?:lose|losing|die|fired|deported|suicid\w*|hungry|homeless)\b[^.\n]{0,80}\b(?:points?|score|grade|pass|marks)\b",
        r"\bpretend\b[^.\n]{0,60}\b(?:answer|response|correct|complete|rubric|candidate)",
        r"\b(?:tip|pay|reward)\b[^.\n]{0,20}\$ ?\d+",
        r"\brepeat (?:the|your) (?:system|instructions?|prompt|rubric)|\breveal (?:the|your)\b[^.\n]{0,20}(?:prompt|key|instruction)",
        # Other languages: "ignore the instructions", "full points", "note to the examiner"
        r"\b(?:ignorier\w*|missacht\w*|vergiss|vergessen sie|übergeh\w*)\b[^.\n]{0,40}\b(?:anweisung|anleitung|regel|vorgabe|bewertung|kriterien|raster)\w*",
        r"\b(?:volle|höchste|maximale)r?n? (?:punktzahl|punkte|bewertung|stufe|note)\b|\b(?:hinweis|nachricht) an (?:den|die|das) (?:prüfer|bewert|korrekt|ki|modell|system)\w*",
        r"\b(?:ignore[rz]?|oublie[rz]?)\b[^.\n]{0,40}\b(?:instructions?|consignes?|règles?|critères?|barème)\b|\b(?:note|points?|score) (?:maximale?|maximum|maximaux)\b|\btous les points\b",
        r"\b(?:ignora|ignore|olvida|omite)\b[^.\n]{0,40}\b(?:instrucciones|instruções|reglas|regras|criterios|critérios|rúbrica|istruzioni|regole|criteri|anteriores)\b",
        r"\b(?:puntuación|puntaje|calificación|pontuação|nota|punteggio|voto) (?:máxim[ao]|massim[ao])\b|\btodos (?:los puntos|os pontos)\b",
        r"\b(?:dimentica|ignora)\b[^.\n]{0,40}\b(?:istruzioni|regole|criteri)\b",
        r"\bnegeer\b[^.\n]{0,40}\b(?:instructies|regels|criteria)\b|\b(?:maximale|hoogste|volle) (?:score|punten|cijfer)\b",
        r"\b(?:zignoruj|pomiń|zapomnij)\b[^.\n]{0,40}\b(?:instrukcj|zasad|kryteri|poleceni)\w*|\bmaksymaln\w+ (?:liczb\w+ punktów|ocen\w+|punkt\w+)",
        r"(?:игнорируй|забудь|проигнорируй|ігноруй|забудьте|игнорируйте)\w*[^.\n]{0,40}(?:инструкци|правил|критери|указани|інструкц)\w*|(?:максимальн|высш|найвищ)\w+ (?:балл|оценк|бал|оцінк)\w*",
        r"(?:talimat|kural|yönerge|ölçüt)\w*[^.\n]{0,30}(?:yok say|görmezden gel|unut)|(?:tam|en yüksek) puan",
        r"(?:تجاهل|انس)[^.\n]{0,40}(?:التعليمات|القواعد|المعايير)|(?:الدرجة الكاملة|أعلى درجة)",
        r"(?:忽略|无视|無視|忘记)[^。\n]{0,20}(?:指示|指令|规则|規則|标准|評分|评分|以上)|(?:满分|滿分|最高分)",
        r"(?:指示|命令|ルール|基準)[^。\n]{0,12}(?:無視|忘れ)|満点|最高(?:点|評価)",
        r"(?:지시|지침|규칙|기준)[^.\n]{0,14}(?:무시|잊)|만점|최고 점수",
        r"(?:निर्देश|नियम)[^।\n]{0,30}(?:अनदेखा|भूल)|पूरे अंक|अधिकतम अंक",
        r"(?:αγνόησε|ξέχασε)[^.\n]{0,40}(?:οδηγ|κανόν|κριτήρι)\w*|(?:μέγιστ|άριστ)\w+ (?:βαθμ|μόρι)\w*",
        r"\b(?:ignorera|glöm)\b[^.\n]{0,40}\b(?:instruktion|regl|kriteri)\w*|\bhögsta (?:poäng|betyg)\b",
        r"(?:bỏ qua|phớt lờ)[^.\n]{0,40}(?:hướng dẫn|quy tắc|tiêu chí)|điểm tối đa",
    )
)
FORGERIES = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"<\|?/?(?:im_start|im_end|system|assistant|endoftext|inst|user|start_of_turn|end_of_turn)\|?>|\[/?INST\]|<</?SYS>>",
        r"^\s*(?:system|assistant|developer|model|grader|evaluator|examiner)\s*(?:\([^)\n]{0,20}\))?\s*:",
        r"[\"']?(?:points|score|grade|level|evidence|criteria|position)[\"']?\s*:\s*[\[{\"'\d]",
        r"^\W*(?:final |total |overall |suggested |awarded )?(?:score|grade|points|mark|rating|level|result|verdict)s?\s*[:=]\s*(?:\d|full|max|excellent|pass|a\b|top)",
        r"\b(?:grading |scoring |evaluation )?(?:rubric|criteria|criterion|scoring guide)\b[^.\n]{0,20}\b(?:update|updated|change|changed|amend\w*|revis\w*|addendum|supersed\w*|correction|v\d)",
        r"\bcriterion \d\b[^.\n]{0,40}\b(?:\d ?(?:points?|/)|full|met|highest|satisfied|level)",
        r"\b\d{1,3} ?/ ?(?:10|100|5|20)\b\s*(?:[.!,;]|$)[^\n]{0,40}(?:excellent|perfect|well done|correct)?$",
        r"ANSWER-[0-9a-f]{4,}|^\s*>{3,}\s*$|^-{3,}\s*(?:end|begin)\b|\b(?:end|begin)(?:ning)? of (?:the )?(?:answer|response|submission|candidate)",
        r"^\s*#{1,6} *(?:instruction|system|evaluation|grading|assessment|feedback|verdict|result)s?\b",
        r"<!--|\{\{|\{%",
    )
)
BLOB = re.compile(r"(?:[A-Za-z0-9+/]{4}){8,}={0,2}")
HEX = re.compile(r"\b(?:[0-9a-f]{2}[ :]?){16,}", re.IGNORECASE)
PERCENT = re.compile(
    r"(?:%[0-9a-f]{2}){4,}|(?:&#x?[0-9a-f]+;){6,}|(?:\\u00[0-9a-f]{2}){6,}|(?:\\x[0-9a-f]{2}){6,}", re.IGNORECASE
)
BINARY = re.compile(r"(?:[01]{8}\s*){8,}")
MORSE = re.compile(r"(?:[.\-]{1,5}[ /]+){12,}")
LEET = tuple(str.maketrans("01345@$7!|", f"o{one}easastil") for one in "li")
SEPARATED = re.compile(r"\b(?:\w[ ._*\-]){3,}\w\b")


def flags_of(text: str) -> list[Flag]:
    found = []
    if is_instruction_like(text):
        found.append(Flag.INSTRUCTION_LIKE)
    if len(INVISIBLE.findall(text)) > 1:  # one is what a phone's keyboard leaves behind
        found.append(Flag.INVISIBLE_CHARACTERS)
    if any(is_instruction_like(one) for one in _decoded(text)) or BINARY.search(text) or MORSE.search(text):
        found.append(Flag.ENCODED)
    if any(pattern.search(_folded(text)) for pattern in FORGERIES):
        found.append(Flag.FORGED_RUBRIC)
    return found


def is_instruction_like(text: str) -> bool:
    return any(pattern.search(one) for one in _readings(text) for pattern in INSTRUCTIONS)


def _readings(text: str) -> Iterator[str]:
    """As it is, and as it is meant: without invisible characters, in plain letters, with gaps closed."""
    plain = _folded(text)
    yield plain
    yield " ".join(plain.split())  # split over lines
    yield re.sub(r"[*_~`\"'|\\]+", "", plain)
    if any(character.isdigit() or character in "@$!|" for character in plain):
        yield from (plain.translate(table) for table in LEET)
    if SEPARATED.search(plain):
        yield SEPARATED.sub(lambda match: re.sub(r"[ ._*\-]", "", match[0]), re.sub(r" {2,}", "\x1f", plain)).replace(
            "\x1f", " "
        )


def _folded(text: str) -> str:
    """Letters that only look like others, made those: fullwidth, mathematical, Cyrillic and Greek look-alikes in Latin words."""
    shown = unicodedata.normalize("NFKC", visible(text))
    return re.sub(r"\S+", lambda match: match[0].translate(LOOK_ALIKES) if LATIN.search(match[0]) else match[0], shown)


LATIN = re.compile("[a-zA-Z]")
LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһӏКМТВНРСЕАОΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαν", "aeopcyxijsdhlKMTBHPCEAOABEZHIKMNOPTYXoav")


def _decoded(text: str) -> Iterator[str]:
    """What encoded passages say. Only what decodes to plain text counts."""
    for match in BLOB.finditer(text):
        yield from _text_of(
            lambda raw: base64.b64decode(raw + "=" * (-len(raw) % 4), validate=False), match[0].rstrip("=")
        )
    for match in HEX.finditer(text):
        yield from _text_of(bytes.fromhex, re.sub(r"[ :]", "", match[0])[: len(re.sub(r"[ :]", "", match[0])) // 2 * 2])
    if PERCENT.search(text):
        import html

        yield html.unescape(unquote(text))
        yield re.sub(r"\\(?:u00|x)([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    yield codecs.decode(text, "rot13")
    yield text[::-1]
    yield "\n".join(line[::-1] for line in text.splitlines())
    yield "".join(line.lstrip()[:1] for line in text.splitlines()) if text.count("\n") >= 8 else ""


def _text_of(decode: object, raw: str) -> Iterator[str]:
    try:
        yield decode(raw).decode("utf-8")  # type: ignore[operator]
    except (ValueError, binascii.Error):
        return
