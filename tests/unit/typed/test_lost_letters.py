"""Signs that a letter was lost before a text reached us, and names that only look odd."""

import pytest

from prizedraw.typed.lost_letters import are_in, are_in_name


@pytest.mark.parametrize(
    "name",
    [
        "?田 花子",
        "？田 花子",
        "山田 花?",
        "〓田 花子",
        "□田 花子",
        "&#134071;田 花子",
        "&#x20BB7;田 花子",
        "U+2363A田 花子",
        "u+20bb7田".upper(),
        "\\\\u9ad9橋 花子",
        "%u9AD9橋 花子",
        "\ue000田 花子",
        "\uf8ff田 花子",
        "\U000f0001田 花子",
        "\ufffd田 花子",
        "\ufffc田 花子",
        "(外字)田 花子",
        "［外字］田 花子",
        "⿰土口田 花子",
        "・田 花子",
        "山・ 花子",
        "山田 花・",
    ],
    ids=ascii,
)
def test_a_lost_letter_is_seen(name: str) -> None:
    assert are_in_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "山田 花子",
        "髙﨑 𠮷子",
        "葛\U000e0100城 花子",
        "ジョン・スミス",
        "O'Brien & Sons",
        "佐々木 〆子",
        "ﾔﾏﾀﾞ ﾊﾅｺ",
        "山田（旧姓 鈴木）",
    ],
    ids=ascii,
)
def test_a_rare_name_is_no_lost_letter(name: str) -> None:
    assert not are_in_name(name)


@pytest.mark.parametrize(
    "address", ["東京都新宿区新宿1-1 メゾン?新宿", "東京都〓飾区1", "東京都&#33883;飾区1", "\ue0e0飾区1"]
)
def test_of_an_address_too(address: str) -> None:
    assert are_in(address)


@pytest.mark.parametrize(
    "address", ["東京都新宿区新宿1-1-1 コーポ・サクラ", "京都市上京区一条通り上ル", "北海道札幌市中央区北1条西2-1 #101"]
)
def test_of_an_address_a_dot_or_a_number_sign_is_none(address: str) -> None:
    assert not are_in(address)
