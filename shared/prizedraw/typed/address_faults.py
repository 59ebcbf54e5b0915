"""Name what keeps a text from being an address, for those who count it and tell it: nothing of the person."""

from enum import StrEnum


class AddressFault(StrEnum):
    """Why a text is no address that mail could be sent to; it says nothing of the person."""

    EMPTY = "empty"
    NO_AT = "no_at"
    SEVERAL = "several"
    DECORATED = "decorated"
    LETTERS = "letters"
    DOTS = "dots"
    LOCAL = "local"
    DOMAIN = "domain"


ADDRESS_FAULT_WORDS = {
    AddressFault.EMPTY: "空欄",
    AddressFault.NO_AT: "「@」がない",
    AddressFault.SEVERAL: "「@」が2つ以上、または複数のアドレス",
    AddressFault.DECORATED: "名前や「<」「>」「mailto:」などがついている",
    AddressFault.LETTERS: "半角の英数字と記号でない文字がある",
    AddressFault.DOTS: "「.」が続いている、または最初か「@」の直前にある",
    AddressFault.LOCAL: "「@」の前に使えない記号がある、または長すぎる",
    AddressFault.DOMAIN: "「@」の後ろ（ドメイン）が正しくない",
}
"""How operators and the ward read it."""
