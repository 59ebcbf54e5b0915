"""
Keep the words of invented entrants: names, and what people write where they may write anything.

Among the remarks is what breaks software: characters outside the basic plane, other forms of common kanji, joined
emoji, formulas, markup, line breaks, direction marks, a tab in front, and text far too long.
"""

import random
import unicodedata

FAMILIES = ("sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura", "kobayashi", "kato")
GIVEN = ("haruto", "yui", "sota", "aoi", "ren", "mei", "minato", "rin", "hinata", "sakura", "kenji", "yoko")
NICKNAMES = ("da.me", "neko", "hana", "love", "sora", "momo", "tetsu", "kuma")

_OPENINGS = (
    "子どもと一緒に",
    "友人と",
    "一人で",
    "家族で",
    "母と",
    "会社の帰りに",
    "雨の日に",
    "初めて",
    "三回目ですが",
)
_PLACES = (
    "漱石山房の書斎",
    "林芙美子の庭",
    "佐伯祐三のアトリエ",
    "中村彝の部屋",
    "歴史博物館の展示",
    "五館のスタンプ台",
)
_FEELINGS = (
    "がとても印象に残りました。",
    "をゆっくり見られてよかったです。",
    "の解説がもう少し詳しいとうれしいです。",
    "まで歩くのは少し大変でしたが、楽しかったです。",
    "の前で写真を撮りました！",
)
_HOSTILE = (
    "🎉👨‍👩‍👧‍👦とても楽しかったです🇯🇵✨また来ます",
    "𠮷田です。𠮷の字が出るか心配です。",
    "髙﨑と申します。濵田さんと神楽坂を歩きました。",
    '=HYPERLINK("http://example.com/","当選はこちら")',
    "+SUM(A1:A9) の欄が見えました",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3は1ですよね、クイズより簡単です",
    "＝１＋１ と全角で書いたらどうなりますか",
    "\t=1+1 先頭にタブがあります",
    "<script>alert('rally')</script> & <b>太字</b>の感想",
    '引用符"と,コンマと\n改行の\r\nある感想です',
    "スタンプの位置が\u202eかんせいぶ\u202cでした",
    "ｽﾀﾝﾌﾟ台が①番と②番で逆でした（㈱の表記も）",
    "ゼロ幅\u200bスペース入りの感想です",
)
_WRONG = (
    "わかりません",
    "？",
    "夏目漱石",
    "なつめそうせき",
    "ＳＨＩＮＪＵＫＵ",
    "ｼﾝｼﾞｭｸ",
    "  新宿  ",
    "三四郎",
    "イギリス",
)

_LONG = 3_000
_HALF_WIDTH = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF61, 0xFFA0)}
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


def full_width(text: str) -> str:
    """Write ASCII in full width."""
    return text.translate(_FULL_WIDTH)


def half_width(text: str) -> str:
    """Write katakana in half width, voicing marks apart."""
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(_HALF_WIDTH.get(character, character) for character in apart))


def remark(chance: random.Random, address: str) -> str:
    """Write a remark; some name the *address* of whoever wrote it, some would do harm in a spreadsheet."""
    praise = f"{chance.choice(_OPENINGS)}回りました。{chance.choice(_PLACES)}{chance.choice(_FEELINGS)}"
    told = f"{praise}結果は {address} までお願いします。"
    long = praise * (_LONG // len(praise) + 1)
    hostile = f"{chance.choice(_HOSTILE)}（{praise}）"
    return chance.choices((praise, told, long, hostile), (70, 3, 2, 25))[0]


def respelt(chance: random.Random, answer: str) -> str:
    """Write a right *answer* as people do: other width, other case, spaces that nobody sees."""
    spellings = (answer, answer, answer, full_width(answer), half_width(answer), answer.upper(), answer.lower())
    return (
        chance.choice(("", "", "", " ", "\u3000")) + chance.choice(spellings) + chance.choice(("", "", "", " ", "  "))
    )


def mistaken(chance: random.Random, answer: str) -> str:
    """Write what is not quite *answer*, or nothing like it."""
    return chance.choice((*_WRONG, answer[:-1] or "？", f"{answer}？", f"{answer[:1]} {answer[1:]}の"))


def retyped(chance: random.Random, address: str) -> str:
    """Write an *address* as the same person types it another time: case, width, spaces."""
    local, _, domain = address.partition("@")
    return chance.choice(
        (
            address.upper(),
            address.title(),
            f"{local}@{domain.upper()}",
            f" {address}",
            f"{address}\u3000",
            full_width(address),
            f"{local}＠{domain}",
            f"{local} @ {domain}",
        )
    )


def broken(chance: random.Random, name: str) -> str:
    """Write what is meant as an address and is not one."""
    return chance.choice(
        (
            f"{name}.example.jp",
            f"{name}@",
            "@example.jp",
            f"{name}@@example.jp",
            f"{name}@example",
            f"{name}..x@example.jp",
            f"{name}@example..jp",
            f"山田{name}@example.jp",
            "なし",
        )
    )


def old_carrier(chance: random.Random, number: int) -> str:
    """Write an address such as carriers gave out until 2009 and mail servers refuse: `..`, or a dot before the @."""
    nickname = chance.choice(NICKNAMES)
    return chance.choice((f"{nickname}{number}.@docomo.ne.jp", f"{nickname}..{number}@docomo.ne.jp"))
