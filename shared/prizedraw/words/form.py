"""Say to operators in Japanese what is wrong with the Google Form, and what to click in it."""

from collections.abc import Mapping

from prizedraw.entries.form_questions import Misfit, Mismatch

KIND_WORDS: Mapping[str, str] = {
    "textQuestion": "記述式",
    "RADIO": "ラジオボタン",
    "CHECKBOX": "チェックボックス",
    "DROP_DOWN": "プルダウン",
    "scaleQuestion": "均等目盛",
    "ratingQuestion": "評価",
    "dateQuestion": "日付",
    "timeQuestion": "時刻",
    "fileUploadQuestion": "ファイルのアップロード",
}
"""The kinds of questions as the editor of Google Forms calls them."""

_PICK = "設問を選び、題の右の種類の一覧から"
_WANTED: Mapping[str, str] = {
    "email": f"{_PICK}「記述式」を選んでください。",
    "text": f"{_PICK}「段落」か「記述式」を選んでください。",
    "quiz": f"{_PICK}「記述式」か「ラジオボタン」「プルダウン」を選んでください（答えは一つだけを採点します）。",
    "choice": f"{_PICK}「ラジオボタン」か「プルダウン」を選んでください（答えは一つだけを数えます）。",
    "choices": f"{_PICK}「チェックボックス」を選んでください（定義ファイルでは、いくつでも選べる設問です）。",
    "consent": f"{_PICK}「ラジオボタン」を選ぶか、「チェックボックス」のまま、選択肢を同意の一つだけにしてください"
    "（二つ以上選ばれた回答は、同意とみなせません）。",
}
_OPTIONS = "設問の選択肢と定義ファイルを、同じにそろえてください。"
_BRANCH = "設問の右下の「︙」から「回答に応じてセクションに移動」を見て、移動先を直すか、チェックを外してください。"


_SAID: Mapping[Misfit, str] = {
    Misfit.ABSENT: (
        "設問「{title}」がフォームに見つかりません。題が変わっていれば、題を定義ファイルと同じに直してください。"
        "設問を削除したときは、すぐなら「元に戻す」で戻し、戻せなければ、同じ題・同じ種類・同じ選択肢の設問を、同じ位置に作ってください。"
    ),
    Misfit.AMBIGUOUS: (
        "設問「{title}」がフォームに二つ以上あり、どれか決められません。使わない方を選び、右下のごみ箱を押すか、"
        "題を別のものに変えてください。"
    ),
    Misfit.KIND: "設問「{title}」が「{kind}」になっていて、判定できる答えになりません。{how}",
    Misfit.OPTIONS_ABSENT: f"設問「{{title}}」の選択肢に{{options}}がありません。{_OPTIONS}",
    Misfit.OPTIONS_STRANGE: f"設問「{{title}}」の選択肢の{{options}}が、定義ファイルにありません。{_OPTIONS}",
    Misfit.OTHER_OFFERED: (
        "設問「{title}」に「その他」があります。設問を選び、「その他…」の右の「×」を押して外してください。"
    ),
    Misfit.NOT_REQUIRED: "設問「{title}」が必須になっていません。設問を選び、右下の「必須」をオンにしてください。",
    Misfit.NO_RIGHT_ANSWER: (
        "設問「{title}」の選択肢に、正解（定義ファイルの answers のどれか）がありません。だれも正解できません。"
        "正解の選択肢を加えるか、定義ファイルの answers を直してください。"
    ),
    Misfit.SKIPPED: f"設問「{{title}}」が、選ぶ答えによっては表示されないまま送信されます。{_BRANCH}",
    Misfit.UNREACHABLE: f"設問「{{title}}」は、どの答えを選んでも表示されません。{_BRANCH}",
    Misfit.PRIZE_OUT_OF_REACH: (
        f"賞品「{{title}}」の条件を、だれも満たせません。必要なクイズと設問のすべてが表示される進み方がありません。{_BRANCH}"
    ),
    Misfit.ADDRESSES_NOT_COLLECTED: (
        "フォームの「メールアドレスを収集する」が有効になっていません。フォームの「設定」タブの「回答」を開き、"
        "「メールアドレスを収集する」を「確認済み」か「回答者からの入力」にしてください。"
    ),
    Misfit.ADDRESSES_COLLECTED_TOO: (
        "フォームが、設問「{title}」とは別に、メールアドレスを収集する設定になっています。「確認済み」の収集では、"
        "Google アカウントでログインした人しか応募できません。フォームの「設定」タブの「回答」を開き、"
        "「メールアドレスを収集する」を「収集しない」にしてください。"
    ),
    Misfit.UPLOAD: (
        "設問「{title}」がファイルのアップロードになっています。アップロードの設問が一つでもあると、"
        "Google アカウントでログインした人しか応募できません。設問を選び、右下のごみ箱を押してください。"
    ),
    Misfit.NOT_PUBLISHED: (
        "フォームが公開されていないため、だれも応募できません。フォームの編集画面の右上の「公開」を押し、"
        "「回答者」を「リンクを知っている全員」にして、「公開」を押してください。"
    ),
    Misfit.NOT_ACCEPTING: (
        "フォームが回答を受け付けていないため、だれも応募できません。フォームの編集画面の右上の「公開済み」を押し、"
        "「回答を受付中」をオンにしてください（表示がなければ「回答」タブの「回答を受付中」）。"
        "自動で締め切るアドオンを入れていれば、外してください。"
    ),
    Misfit.CHANGED: "フォームの設問が、準備したときから変わっています。フォームを元に戻してください。",
    Misfit.MADE_ANEW: (
        "設問「{title}」は、削除された後に作り直されたものです。前の設問と今の設問の、どちらへの回答も、この設問への答えとして"
        "判定し直しています。操作は要りません。設問がなかった間の応募は「読み取れない応募」として残ります。"
        "締切後の確定（freeze）では、設問が変わったことの確かめを求めます。"
    ),
}


def mismatch(one: Mismatch) -> str:
    """Say what is wrong with the form, and what to do."""
    return _SAID[one.what].format(
        title=one.title,
        options=f"「{'」「'.join(one.options)}」",
        kind=KIND_WORDS.get(one.found, "ほかの種類"),
        how=_WANTED.get(one.wanted, ""),
    )
