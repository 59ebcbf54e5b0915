// The page of ./scripts/practise: asks the campaign on this machine, and shows what it answers. Everything that is
// shown is put in as text; what the functions made is opened in a frame that may do nothing.

const by = (id) => document.getElementById(id);
let state = null;
let replied = null; // the last reply, with its step and the body that was sent
let isBusy = false;

function make(tag, properties = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "class" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...inside.filter((one) => one !== null));
  return made;
}

function lines(sentences) {
  if (sentences.length === 1) return make("p", {}, ...linked(sentences[0]));
  const isNumbered = sentences.some((one) => /^\d+\. /.test(one));
  const entry = (one) => make("li", /^\d+\. /.test(one) ? {} : { class: "rest" }, ...linked(one));
  return make("ul", { class: isNumbered ? "said numbered" : "said" }, ...sentences.map(entry));
}

// A link to a file of our buckets leads to the same file here.
function linked(sentence) {
  return sentence.split(/(https:\/\/storage\.cloud\.google\.com\/\S+)/).map((part, n) => {
    const found = n % 2 ? /-(published|claims|exports|reports)\/(.+)$/.exec(part) : null;
    return found ? make("a", { href: `/folders/${found[1]}/${found[2]}`, target: "_blank", rel: "noreferrer" }, part) : part;
  });
}

function say(sentence, isWrong = false) {
  by("said").hidden = !sentence;
  by("said").textContent = sentence ?? "";
  by("said").classList.toggle("wrong", isWrong);
}

async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  const reply = await fetch(path, { method: "POST", headers, body });
  return { status: reply.status, text: await reply.text() };
}

// One thing at a time. Nothing is disabled meanwhile, so that the keyboard's focus stays where it is.
async function doing(work) {
  if (isBusy) return;
  isBusy = true;
  by("busy").hidden = false;
  say("");
  document.body.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    say(error instanceof Said ? error.message : "練習のプログラムから返事がありません。./scripts/practise が動いているかを確かめてください。", true);
  } finally {
    isBusy = false;
    by("busy").hidden = true;
    document.body.setAttribute("aria-busy", "false");
  }
}

class Said extends Error {}

async function order(what, given) {
  const { status, text } = await post(`/do/${what}`, JSON.stringify(given));
  const reply = JSON.parse(text);
  if (status !== 200) throw new Said(reply.said);
  await refresh();
  if (reply.said) say(reply.said);
  return reply;
}

async function refresh() {
  state = await (await fetch("/state")).json();
  show();
  const { text } = await post("/functions/status", "{}");
  showTodo(JSON.parse(text));
}

// What there is to see.

function show() {
  document.title = `練習 ${state.title}`;
  by("title").textContent = state.title;
  by("now").textContent = state.now;
  by("moment").min = state.local;
  if (by("moment").value < state.local) by("moment").value = state.local;
  choices("operators", "operator", state.operators.map((one, n) => [one, `${["一人目", "二人目"][n]}（${one}）`]), state.operator);
  if (!by("steps").hasChildNodes()) {
    choices("steps", "step", state.steps.map(({ step, name, is_pressed }) => [step, `${step}：${name}${is_pressed ? "" : "（押しません）"}`]), "status");
  }
  showMails();
  by("folders").replaceChildren(...state.folders.flatMap(folder));
  by("passwords").replaceChildren(...state.passwords.map(password));
  by("logo-count").textContent = `登録 ${state.registrations.length}件`;
  by("registrations").replaceChildren(...state.registrations.map(registration));
  if (!by("enter").hasChildNodes()) by("enter").append(...state.logo_fields.map(logoField), make("p", {}, make("button", { type: "submit" }, "登録する")));
  const { is_there, responses } = state.form;
  by("form-count").textContent = is_there ? `回答 ${responses.length}件` : "削除されました";
  by("responses").replaceChildren(...responses.map(response));
}

function choices(place, name, rows, chosen) {
  if (!by(place).hasChildNodes()) {
    by(place).append(...rows.map(([value, text]) => make("label", {}, make("input", { type: "radio", name, value }), text)));
  }
  for (const radio of by(place).querySelectorAll("input")) radio.checked = radio.value === chosen;
}

function showMails() {
  const open = by("mail").dataset.id;
  by("mail-count").textContent = `${state.mails.length}通`;
  by("mails").replaceChildren(...state.mails.map(({ id, at, is_received, to, subject }) => {
    const who = is_received ? "送信用のメールボックスに届いたメール" : `${at} ${to}`;
    const row = make("button", { type: "button" }, make("span", { class: "who" }, who), subject);
    row.addEventListener("click", () => doing(() => openMail(id)));
    if (id === open) row.setAttribute("aria-current", "true");
    return make("li", {}, row);
  }));
}

async function openMail(id) {
  const mail = await (await fetch(`/mails/${encodeURIComponent(id)}`)).json();
  by("mail").hidden = false;
  by("mail").dataset.id = id;
  by("subject").textContent = mail.subject;
  by("from").textContent = mail.from;
  by("to").textContent = mail.to;
  by("mail-text").textContent = mail.text;
  by("as-page").hidden = !mail.has_page;
  if (mail.has_page) by("mail-page").src = `/mails/${encodeURIComponent(id)}/page`;
  read(mail.has_page);
  by("attachments").replaceChildren(...mail.attachments.map((name, number) => make("li", {}, "添付：",
    make("a", { href: `/mails/${encodeURIComponent(id)}/attachments/${number}`, download: name }, name))));
  showMails();
  by("mail").focus();
}

function read(asPage) {
  by("mail-page").hidden = !asPage;
  by("mail-text").hidden = asPage;
  by("as-page").setAttribute("aria-pressed", String(asPage));
  by("as-text").setAttribute("aria-pressed", String(!asPage));
}

function folder({ kind, name, files }) {
  const rows = files.map((file) => {
    const path = file.name.split("/").map(encodeURIComponent).join("/");
    const link = make("a", { href: `/folders/${kind}/${path}`, target: "_blank", rel: "noreferrer" }, file.name);
    return make("li", {}, link, " ", make("span", { class: "small" }, file.at));
  });
  const inside = rows.length ? make("ul", {}, ...rows) : make("p", { class: "small" }, "空です。");
  return [make("h3", {}, `${name}（…-${kind}）`), inside];
}

function password(number) {
  const shown = make("code", { "aria-live": "polite" });
  const row = make("button", { type: "button" }, "シークレットの値を表示");
  row.addEventListener("click", () => doing(async () => {
    shown.textContent = (await (await fetch(`/secrets/shipping-password/${number}`)).json()).password;
  }));
  return make("p", {}, `shipping-password のバージョン ${number} `, row, " ", shown);
}

function response({ id, at, email }) {
  const row = make("button", { type: "button", "aria-label": `${at} の回答を削除する` }, "削除する");
  row.addEventListener("click", () => doing(async () => {
    await order("form", { delete: id });
    by("responses").focus();
  }));
  return make("li", {}, make("span", {}, `${at} ${email}`), row);
}

function registration({ receipt, at, code, name }) {
  const row = make("button", { type: "button", "aria-label": `受付番号 ${receipt} の登録を削除する` }, "削除する");
  row.addEventListener("click", () => doing(async () => {
    await order("delete-registration", { receipt });
    by("registrations").focus();
  }));
  return make("li", {}, make("span", {}, `${receipt}　${at}　${code}　${name}`), row);
}

const logoField = ({ name, title }) => make("label", {}, title, make("input", { name, required: true, autocomplete: "off" }));

// What the functions answer.

const sentencesOf = (given) => (Array.isArray(given) ? given.map(sentence) : given ? [sentence(given)] : []);
const sentence = (one) => (typeof one === "string" ? one : Object.values(one).join("："));

function laidOut(status, reply) {
  const kind = status !== 200 ? "wrong" : reply.result?.startsWith("実行しました") ? "done" : "";
  const counts = Object.entries(reply.counts ?? {});
  const next = sentencesOf(reply.next);
  return [
    make("p", { class: `result ${kind}` }, [reply.result ?? "実行しませんでした", reply.code].filter(Boolean).join(" ")),
    lines(sentencesOf(reply.summary)),
    counts.length ? make("table", {}, ...counts.map(([name, n]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", { class: "n" }, String(n))))) : null,
    next.length ? make("div", { class: "next" }, make("strong", {}, "次にすること"), lines(next)) : null,
    reply.confirm ? make("p", {}, "確認コード：", make("code", {}, reply.confirm)) : null,
  ].filter((one) => one !== null);
}

function showTodo(reply) {
  const wrong = sentencesOf(reply.summary).filter((one) => one.startsWith("【"));
  const todo = [];
  if (state.is_complete) todo.push(make("p", { class: "over-all" }, "個人情報の消去は「完了」しました。報告書を区に出せば、この練習は終わりです。"));
  if (wrong.length) todo.push(make("div", { class: "alarm" }, lines(wrong)));
  todo.push(make("div", { class: "next" }, lines(sentencesOf(reply.next))));
  by("todo").replaceChildren(...todo);
}

const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value;

async function press(body) {
  const step = chosen("step");
  const { status, text } = await post(`/functions/${step}`, body);
  by("reply").hidden = false;
  by("replied").textContent = `${step} の返事（${status}）`;
  let reply = null;
  try {
    reply = JSON.parse(text);
  } catch {
    reply = null; // a page
  }
  replied = { step, body, reply };
  by("json").textContent = text;
  by("sentences").replaceChildren(...(reply === null ? [make("p", { class: "result" }, "ページ（HTML）が返りました。")] : laidOut(status, reply)));
  by("replied-page").hidden = reply !== null;
  if (reply === null) by("page").src = "/page";
  by("copy").disabled = !reply?.confirm;
  await refresh();
}

// As whoever copies what `next` says: the body that was sent, with the code.
function copy() {
  let body = {};
  try {
    body = JSON.parse(replied.body);
  } catch {
    body = {};
  }
  by("body").value = JSON.stringify({ ...body, confirm: replied.reply.confirm }).replaceAll('":', '": ').replaceAll(',"', ', "');
  by("body").focus();
}

function showMoved(move) {
  const happened = [];
  if (move.held) happened.push(`時計を止めています。${move.held}`);
  if (move.reached) happened.push(`${move.reached}になりました。`);
  if (move.entrants) happened.push(`応募が${move.entrants}件届きました。`);
  if (move.edited) happened.push(`応募者が、回答を${move.edited}件編集しました。`);
  if (move.registered) happened.push(`当選者${move.registered}人がLoGoフォームで登録しました。`);
  const idle = move.idle.map(({ step, times }) => `${step} ${times}回`).join("、");
  if (idle) happened.push(`定期実行（変わりなし）：${idle}`);
  if (move.is_over) happened.push("この先に予定はありません。");
  const did = move.did.map(({ at, step, name, status, reply }) => make("details", { open: status !== 200 },
    make("summary", {}, `${at} 定期実行：${step}（${name}） ${reply.result ?? status}`), ...laidOut(status, reply)));
  by("moved").replaceChildren(...did, lines(happened));
  by("moved").classList.toggle("held", Boolean(move.held));
  by("moment").value = state.local;
}

// What a person does.

const on = (id, event, act) => by(id).addEventListener(event, (happened) => {
  happened.preventDefault();
  doing(() => act(happened));
});
const go = async (to) => showMoved(await order("clock", { to }));

on("go-next", "click", () => go("next"));
on("go-day", "click", () => go("day"));
on("go-to", "submit", () => go(by("moment").value));
on("function", "submit", () => press(by("body").value));
on("empty", "click", () => { by("body").value = "{}"; return press("{}"); });
on("copy", "click", copy);
on("as-page", "click", () => read(true));
on("as-text", "click", () => read(false));
on("export", "click", () => order("export", {}));
on("register", "click", () => order("register", {}));
on("enter", "submit", async () => {
  await order("enter", Object.fromEntries(new FormData(by("enter"))));
  by("enter").reset();
});
on("mend-mailboxes", "click", () => order("mend-mailboxes", {}));
on("clear-logo", "click", () => order("clear-logo", {}));
on("delete-all", "click", () => order("form", { delete_all: true }));
on("delete-form", "click", () => order("form", { delete_form: true }));
for (const one of document.querySelectorAll("[data-mishap]")) {
  one.addEventListener("click", () => doing(() => order("mishap", { kind: one.dataset.mishap })));
}
by("operators").addEventListener("change", ({ target }) => doing(() => order("operator", { operator: target.value })));
by("steps").addEventListener("change", () => { by("body").value = "{}"; by("copy").disabled = true; });

async function drop(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  await order("claims", { name: file.name, data: btoa(text) });
  by("csv").value = "";
}

by("csv").addEventListener("change", () => { if (by("csv").files.length) doing(() => drop(by("csv").files[0])); });
by("drop").addEventListener("dragover", (event) => { event.preventDefault(); by("drop").classList.add("over"); });
by("drop").addEventListener("dragleave", () => by("drop").classList.remove("over"));
by("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  by("drop").classList.remove("over");
  if (event.dataTransfer.files.length) doing(() => drop(event.dataTransfer.files[0]));
});

on("start", "submit", async () => {
  await order("start", { seed: by("seed").valueAsNumber, applicants: by("applicants").valueAsNumber });
  by("reply").hidden = true;
  by("mail").hidden = true;
  by("copy").disabled = true;
  by("moved").replaceChildren();
  by("body").value = "{}";
  by("moment").value = state.local;
  say("はじめから始めました。");
});

doing(async () => {
  await refresh();
  by("seed").value = state.seed;
  by("applicants").value = state.applicants;
});
