import { split } from "./links.js";

const MOST_KEPT = 2000;
const MOST_DRAWN = 200;
const ON_PHONE = new Set(["delivered", "read", "received"]);

const messages = new Map();
const drawn = new Map();
const seen = new Map();
let selected = decodeURIComponent(location.hash.slice(1));
let waiting = false;

const $ = (id) => document.getElementById(id);
const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

const isInbound = (message) => message.direction === "inbound";
const phoneOf = (message) => (isInbound(message) ? message.from : message.to);
const senderOf = (message) => (isInbound(message) ? message.to : message.from);

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// A number as people write it: +1 415 555 0100.
function readable(number) {
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number || "");
  return parts ? `+1 ${parts[1]} ${parts[2]} ${parts[3]}` : number || "unknown sender";
}

function timeOf(message) {
  const at = new Date(message.arrived_at);
  const node = element("time", "", clockTime.format(at));
  node.dateTime = message.arrived_at;
  node.title = full.format(at);
  return node;
}

// What is on one phone, in the order it arrived.
function onPhone(phone) {
  return [...messages.values()]
    .filter((message) => phoneOf(message) === phone && ON_PHONE.has(message.status))
    .sort((a, b) => a.arrived_at.localeCompare(b.arrived_at));
}

function fill(bubble, text) {
  bubble.replaceChildren();
  for (const piece of split(text)) {
    if (!piece.href) {
      bubble.append(piece.text);
      continue;
    }
    const link = element("a", "", piece.text);
    link.href = piece.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    bubble.append(link);
  }
  if (!text) bubble.append(element("em", "", "no text"));
}

function draw(message) {
  const article = element("article", isInbound(message) ? "message mine" : "message");
  const bubble = element("p", "bubble");
  fill(bubble, message.body);
  const meta = element("p", "meta");
  const segments = `${message.segments} ${message.segments === 1 ? "segment" : "segments"}`;
  meta.append(timeOf(message), ` · ${segments} · ${isInbound(message) ? "sent" : message.status}`);
  meta.title = message.encoding;
  article.append(bubble, meta);
  return article;
}

function drawThread() {
  const thread = $("thread");
  const rows = onPhone(selected).slice(-MOST_DRAWN);
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  const wanted = new Map();
  let lastDay = "";
  let lastSender = null;
  const several = new Set(rows.map(senderOf)).size > 1;
  for (const message of rows) {
    const itsDay = day.format(new Date(message.arrived_at));
    if (itsDay !== lastDay) {
      wanted.set(`day ${itsDay}`, () => element("p", "divider", itsDay));
      lastDay = itsDay;
      lastSender = null;
    }
    if (several && senderOf(message) !== lastSender) {
      wanted.set(`sender of ${message.sid}`, () =>
        element("p", "divider", readable(senderOf(message))),
      );
      lastSender = senderOf(message);
    }
    wanted.set(`${message.sid} ${message.updated_at}`, () => draw(message));
  }
  for (const [key, node] of drawn) {
    if (!wanted.has(key)) {
      node.remove();
      drawn.delete(key);
    }
  }
  let before = $("empty");
  for (const [key, make] of wanted) {
    if (!drawn.has(key)) drawn.set(key, make());
    const node = drawn.get(key);
    // A node that stays in its place is not announced again.
    if (before.nextSibling !== node) before.after(node);
    before = node;
  }
  $("empty").hidden = rows.length > 0;
  if (atEnd) thread.scrollTop = thread.scrollHeight;
  drawHead(rows.at(-1));
}

function drawHead(latest) {
  const sender = latest ? senderOf(latest) : "";
  $("sender").textContent = latest ? readable(sender) : "Messages";
  $("recipient").textContent = selected ? `on ${readable(selected)}` : "";
  // A name cannot be called back.
  const canReply = /^(\w+:)?\+?\d+$/.test(sender || "");
  const reply = $("reply");
  reply.disabled = !canReply;
  reply.placeholder = !latest || canReply ? "Text message" : "This sender takes no replies";
  $("composer").querySelector("button").disabled = !canReply;
  $("composer").dataset.to = canReply ? sender : "";
  $("composer").dataset.account = latest ? latest.account_sid : "";
}

function drawRecipients(phones) {
  $("no-recipients").hidden = phones.size > 0;
  const items = [...phones]
    .sort((a, b) => b[1].arrived_at.localeCompare(a[1].arrived_at))
    .map(([phone, latest]) => {
      const button = element("button", "phone");
      button.type = "button";
      if (phone === selected) button.setAttribute("aria-current", "true");
      button.append(element("strong", "", readable(phone)), timeOf(latest));
      const unseen = unread(phone);
      button.append(element("span", "preview", latest.body || "no text"));
      if (unseen) {
        const badge = element("span", "badge", String(unseen));
        badge.setAttribute("aria-label", `${unseen} new`);
        button.append(badge);
      }
      button.dataset.phone = phone;
      button.addEventListener("click", () => select(phone));
      const item = element("li");
      item.append(button);
      return item;
    });
  const focused = document.activeElement?.dataset?.phone;
  $("recipients").replaceChildren(...items);
  if (focused) $("recipients").querySelector(`[data-phone="${CSS.escape(focused)}"]`)?.focus();
}

function unread(phone) {
  const last = seen.get(phone) || "";
  return onPhone(phone).filter((m) => !isInbound(m) && m.arrived_at > last).length;
}

function drawElsewhere() {
  const rows = [...messages.values()].filter((message) => !ON_PHONE.has(message.status));
  $("elsewhere-none").hidden = rows.length > 0;
  const items = rows
    .slice(-30)
    .reverse()
    .map((message) => {
      const item = element("li", `letter ${message.status}`);
      const why = message.error_code
        ? `${message.status}, ${message.error_code}${message.error_message ? `: ${message.error_message}` : ""}`
        : message.status;
      item.append(
        element("strong", "", readable(message.to)),
        timeOf(message),
        element("span", "why", why),
        element("span", "preview", message.body || "no text"),
      );
      return item;
    });
  $("elsewhere").replaceChildren(...items);
}

function drawAll() {
  waiting = false;
  const phones = new Map();
  for (const message of messages.values()) {
    if (!ON_PHONE.has(message.status)) continue;
    const known = phones.get(phoneOf(message));
    if (!known || known.arrived_at < message.arrived_at) phones.set(phoneOf(message), message);
  }
  if (!selected && phones.size) selected = [...phones.keys()][0];
  const latest = phones.get(selected);
  if (latest && !document.hidden) seen.set(selected, latest.arrived_at);
  drawRecipients(phones);
  drawThread();
  drawElsewhere();
}

// Many changes in one frame are drawn once.
function changed() {
  if (waiting) return;
  waiting = true;
  // A hidden page gets no frames.
  if (document.hidden) setTimeout(drawAll, 200);
  else requestAnimationFrame(drawAll);
}

function select(phone) {
  selected = phone;
  history.replaceState(null, "", `#${encodeURIComponent(phone)}`);
  drawAll();
  $("thread").scrollTop = $("thread").scrollHeight;
}

function keep(message) {
  messages.set(message.sid, message);
  if (messages.size > MOST_KEPT) messages.delete(messages.keys().next().value);
}

function connect() {
  const events = new EventSource("/phone/events");
  events.addEventListener("open", () => say("Connected", true));
  events.addEventListener("error", () =>
    say("The emulator does not answer. Trying again…", false),
  );
  events.addEventListener("all", (event) => {
    messages.clear();
    JSON.parse(event.data).forEach(keep);
    changed();
  });
  events.addEventListener("message", (event) => {
    keep(JSON.parse(event.data));
    changed();
  });
}

function say(text, connected) {
  $("connection").textContent = text;
  $("connection").classList.toggle("connected", connected);
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { to, account } = event.target.dataset;
  const body = $("reply").value.trim();
  if (!to || !body) return;
  try {
    const answer = await fetch("/phone/reply", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ from: selected, to, body, account_sid: account }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    $("reply").value = "";
    $("note").textContent = "";
    $("thread").scrollTop = $("thread").scrollHeight;
  } catch (error) {
    $("note").textContent = `The reply was not sent: ${error.message}`;
  }
});

function tick() {
  $("clock").textContent = clockTime.format(new Date());
}

addEventListener("hashchange", () => select(decodeURIComponent(location.hash.slice(1))));
document.addEventListener("visibilitychange", changed);
tick();
setInterval(tick, 5000);
connect();
