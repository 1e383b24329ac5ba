// The page: five places in two windows, told by one event stream what stands in them.

import { clock, h, icon, link } from "./dom.js";
import { entities } from "./entities.js";
import { markdown, mrkdwn } from "./markdown.js";

const SUGGESTIONS = ["hello", "tell me a long story", "write code", "what did I say first?", "讲个故事"];
const COMMANDS = ["/new", "/stop", "/status", "/help"];
const DOING = { typing: "typing", upload_photo: "sending a photo", upload_document: "sending a file", record_voice: "recording" };

const cast = { telegram: { bot: "Bot", username: "bot" }, slack: { bot: "Coze", names: {} } };
const $ = (selector) => document.querySelector(selector);

/** Ask the simulators for something; what they answered. */
async function ask(path, wish) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// --- a place: its head, its messages, its composer

class Place {
  /** *spec*: id, platform, place, title, and what its composer offers. */
  constructor(spec) {
    Object.assign(this, { mention: false, who: "ann", replyTo: null, stick: true, shown: new Map(), unread: 0 }, spec);
    this.log = h("div", { class: "log", role: "log", tabindex: 0, aria: { live: "polite", label: `Messages, ${this.title}` }, data: { testid: "messages" } });
    this.status = h("div", { class: "status", role: "status", data: { testid: "status" } });
    this.subtitle = h("span", { class: "subtitle" }, this.about ?? "");
    this.latest = h("button", { type: "button", class: "latest", hidden: true, aria: { label: "Scroll to the newest message" }, onclick: () => this.toEnd() }, icon("down"));
    this.root = h("section", { class: "place", aria: { label: this.title }, data: { testid: this.id } }, this.head(), h("div", { class: "scroller" }, this.log, this.latest), this.status, this.composer());
    this.log.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.stick && this.toEnd()).observe(this.log);
  }

  head() {
    return h("div", { class: "head" }, this.badge ? h("span", { class: `avatar ${this.badge}`, aria: { hidden: true } }, this.initial) : null, h("div", { class: "names" }, h("h3", null, this.title), this.subtitle), ...(this.tools?.(this) ?? []));
  }

  // what a person types

  composer() {
    this.input = h("textarea", { rows: 1, placeholder: this.placeholder, aria: { label: `Message ${this.title}` }, data: { testid: "input" }, enterkeyhint: "send", autocomplete: "off" });
    this.input.addEventListener("input", () => this.grow());
    this.input.addEventListener("keydown", (event) => {
      // Enter also ends the composition of a Chinese word; that one sends nothing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.send();
    });
    this.button = h("button", { type: "submit", class: "send", disabled: true, aria: { label: `Send to ${this.title}` }, data: { testid: "send" } }, icon("send"));
    this.quote = h("div", { class: "quoting", hidden: true });
    const form = h("form", { class: "composer" }, this.quote, h("div", { class: "box" }, this.options(), this.input, this.button));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    return h("div", { class: "foot" }, this.chips(), form);
  }

  chips() {
    const chip = (text, kind) => h("button", { type: "button", class: `chip ${kind}`, data: { testid: kind }, onclick: () => this.say(text) }, text);
    return h("div", { class: "chips", role: "group", aria: { label: "Suggestions and commands" } }, SUGGESTIONS.map((text) => chip(text, "suggestion")), COMMANDS.map((text) => chip(text, "command")));
  }

  /** Who speaks, and whether the bot is mentioned. */
  options() {
    const offered = [];
    if (this.people) {
      const choice = (who, name) => h("button", { type: "button", role: "radio", class: `who ${who}`, data: { who }, aria: { checked: who === this.who, label: `Speak as ${name}` }, title: `Speak as ${name}`, onclick: (event) => this.speakAs(who, event.currentTarget.parentElement) }, name);
      offered.push(h("div", { class: "people", role: "radiogroup", aria: { label: "Speak as" } }, choice("ann", "Ann"), choice("bob", "Bob")));
    }
    if (this.mention) {
      this.at = h("button", { type: "button", class: "at", data: { testid: "mention" }, aria: { pressed: true }, title: "Mention the bot, so that it listens", onclick: () => this.setMention(!this.mention) }, "@bot");
      offered.push(this.at);
    }
    return offered.length ? h("div", { class: "options" }, offered) : null;
  }

  speakAs(who, group) {
    this.who = who;
    for (const choice of group.children) choice.setAttribute("aria-checked", choice.dataset.who === who);
  }

  setMention(on) {
    this.mention = on;
    this.at?.setAttribute("aria-pressed", on);
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
    this.button.disabled = !this.input.value.trim();
  }

  async send() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.grow();
    await this.say(text);
  }

  async say(text) {
    const wish = { platform: this.platform, place: this.place, who: this.who, text, mention: this.mention, thread: this.thread ?? null, reply_to: this.replyTo };
    this.setReply(null);
    this.toEnd();
    const { id } = await tried(ask("say", wish));
    if (id) this.said?.(id);
  }

  /** Answer *message*, or nothing in particular. */
  setReply(message) {
    this.replyTo = message ? Number(message.id) : null;
    this.quote.hidden = !message;
    if (!message) return;
    const close = h("button", { type: "button", aria: { label: "Do not reply" }, onclick: () => this.setReply(null) }, icon("close"));
    this.quote.replaceChildren(icon("reply"), h("div", null, h("b", null, `Reply to ${message.who}`), h("span", null, message.text.slice(0, 120))), close);
    this.input.focus();
  }

  // what stands there

  scrolled() {
    if (this.log.clientHeight === 0) return;
    this.stick = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 48;
    this.latest.hidden = this.stick;
  }

  toEnd() {
    this.stick = true;
    this.latest.hidden = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Make the log show *messages*; what did not change is left alone, so that selections live on. */
  show(messages) {
    const known = this.shown;
    this.shown = new Map();
    let before = null;
    for (const [index, message] of messages.entries()) {
      const close = follows(messages[index - 1], message);
      const look = JSON.stringify([message, close, this.aside?.(message)]);
      let entry = known.get(message.id);
      if (entry?.look !== look) entry = { look, element: this.drawn(message, close, entry?.element) };
      this.shown.set(message.id, entry);
      const place = before ? before.nextSibling : this.log.firstChild;
      if (place !== entry.element) this.log.insertBefore(entry.element, place);
      before = entry.element;
      if (!known.has(message.id) && message.from === "bot" && message.state !== "draft") this.unread++;
    }
    while (before ? before.nextSibling : this.log.firstChild) (before ? before.nextSibling : this.log.firstChild).remove();
    if (!messages.length) this.log.append(this.welcome());
    if (this.stick) this.toEnd();
    else this.latest.hidden = false;
    this.count();
  }

  welcome() {
    return h("div", { class: "welcome" }, h("p", null, this.hello));
  }

  /** The element of *message*, in the place of *old* where there is one. */
  drawn(message, close, old) {
    const element = old ?? h("article", { class: "message new" });
    Object.assign(element.dataset, { from: message.from, state: message.state, id: message.id, edits: message.edits ?? 0 });
    element.classList.toggle("close", close);
    element.setAttribute("aria-busy", message.state !== "final");
    element.replaceChildren(...this.contents(message));
    return element;
  }

  count() {
    if (this.root.offsetParent !== null) this.unread = 0;
    if (this.tab) {
      const badge = this.tab.querySelector(".unread");
      badge.textContent = this.unread || "";
      badge.hidden = !this.unread;
    }
  }

  files(message) {
    return (message.files ?? []).map((file) => file.image
      ? h("img", { class: "picture", src: file.url, alt: file.name, loading: "lazy" })
      : h("a", { class: "file", href: file.url, download: file.name }, icon("file"), h("span", null, file.name, h("small", null, size(file.size)))));
  }

  buttons(message) {
    return (message.buttons ?? []).map((row) => h("div", { class: "buttons" }, row.map((button) => button.url
      ? link(button.url, h("span", { class: "button" }, button.text))
      : h("button", { type: "button", class: "button", onclick: () => this.press(message.id, button.action, button.value) }, button.text))));
  }

  press(message, action, value) {
    return tried(ask("press", { platform: this.platform, place: this.place, who: this.who, message, action, value }));
  }

  setStatus(text) {
    if (this.status.dataset.said === text) return;
    this.status.dataset.said = text;
    this.status.replaceChildren(...(text ? [dots(), h("span", null, text)] : []));
  }
}

const dots = () => h("span", { class: "dots", aria: { hidden: true } }, h("i"), h("i"), h("i"));
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`);
const follows = (before, message) => Boolean(before) && before.from === message.from && before.who === message.who && !message.secret && !before.secret && !(message.at - before.at > 300);

async function tried(request) {
  try {
    return await request;
  } catch (refusal) {
    const note = h("div", { class: "toast", role: "alert" }, `That did not work: ${refusal.message}`);
    document.body.append(note);
    setTimeout(() => note.remove(), 4000);
    return {};
  }
}

// --- Telegram

class TelegramPlace extends Place {
  tell(view) {
    this.texts = new Map(view.messages.map((message) => [message.id, message]));
    this.show(view.messages);
    const doing = view.status ? `${DOING[view.status] ?? "busy"}…` : view.messages.at(-1)?.state === "draft" ? "writing…" : "";
    this.subtitle.textContent = doing || this.about;
    this.subtitle.classList.toggle("busy", Boolean(doing));
    this.setStatus(view.status ? `${cast.telegram.bot} is ${DOING[view.status] ?? "busy"}…` : "");
  }

  contents(message) {
    const named = this.people && message.from === "bot" || this.people && message.who !== "Ann";
    const body = message.text ? h("div", { class: "text" }, entities(message.text, message.entities ?? [])) : null;
    const words = body ?? (message.state === "draft" ? h("div", { class: "text waiting" }, "Thinking…") : null);
    const meta = h("span", { class: "meta" }, message.edits ? "edited " : "", message.state === "draft" ? dots() : clock(message.at), message.from === "person" ? h("span", { class: "ticks", aria: { label: "read" } }, "✓✓") : null);
    const bubble = h("div", { class: "bubble" }, named ? h("div", { class: `name ${message.from} ${message.who.toLowerCase()}` }, message.who) : null, this.quoted(message), this.files(message), words, message.reactions?.length ? h("span", { class: "reactions" }, message.reactions.join(" ")) : null, meta);
    const reply = message.state === "final" ? h("button", { type: "button", class: "reply", title: "Reply", aria: { label: `Reply to ${message.who}` }, onclick: () => this.setReply(message) }, icon("reply")) : null;
    const own = message.from === "person" && message.who === "Ann";
    return [h("div", { class: `row ${own ? "own" : "theirs"}` }, h("div", { class: "stack" }, bubble, this.buttons(message)), reply)];
  }

  quoted(message) {
    const original = this.texts.get(message.reply_to);
    return original ? h("div", { class: "quoted" }, h("b", null, original.who), h("span", null, original.text.slice(0, 90))) : null;
  }
}

// --- Slack

class SlackPlace extends Place {
  contents(message) {
    const { bot, names } = cast.slack;
    const who = message.from === "bot" ? bot : message.who ?? "Somebody";
    const body = h("div", { class: "text" }, (message.markdown ? markdown : mrkdwn)(message.text, names));
    if (message.state === "streaming") lastBlock(body).append(h("span", { class: "cursor", aria: { hidden: true } }));
    const name = h("div", { class: "byline" }, h("b", null, who), message.from === "bot" ? h("span", { class: "app" }, "APP") : null, h("time", null, clock(message.at)));
    const secret = message.secret ? h("div", { class: "secret" }, `Only visible to ${message.secret}`) : null;
    const notes = [message.edits ? h("span", { class: "edited" }, "(edited)") : null, message.stopped ? h("span", { class: "edited" }, "Stopped") : null];
    const reactions = message.reactions?.length ? h("div", { class: "reactions" }, message.reactions.map((name) => h("span", null, `:${name}:`))) : null;
    return [
      h("span", { class: `avatar square ${message.from === "bot" ? "bot" : who.toLowerCase()}`, aria: { hidden: true } }, message.from === "bot" ? "C" : who[0]),
      h("div", { class: "content" }, secret, name, this.tasks(message), body, ...notes, this.files(message), this.buttons(message), reactions, this.extra?.(message)),
      this.tool(message),
    ];
  }

  tasks(message) {
    return message.tasks?.length ? h("ul", { class: "tasks" }, message.tasks.map((task) => h("li", { data: { status: task.status } }, task.title))) : null;
  }

  tool(message) {
    if (message.state !== "streaming") return null;
    return h("button", { type: "button", class: "halt", onclick: () => this.press(message.id, "stop") }, icon("stop"), "Stop");
  }
}

/** Where the cursor stands: in the deepest last block of *body*. */
function lastBlock(body) {
  let block = body;
  while (block.lastElementChild?.matches("p, ul, ol, li, blockquote, h3, h4, h5, h6, .code, pre, pre > code")) block = block.lastElementChild;
  return block;
}

class Channel extends SlackPlace {
  tell(view) {
    this.view = view;
    this.show(view.messages.filter((message) => !message.thread || message.thread === message.id || message.broadcast));
    thread.tell(view);
  }

  /** What a root shows of its thread. */
  aside(message) {
    const replies = this.view.messages.filter((reply) => reply.thread === message.id && reply.id !== message.id);
    return { replies: replies.length, people: [...new Set(replies.map((reply) => (reply.from === "bot" ? "bot" : reply.who)))], status: this.view.statuses[message.id] ?? "", open: thread.thread === message.id };
  }

  extra(message) {
    if (message.secret) return null;
    const { replies, people, status } = this.aside(message);
    const faces = people.map((who) => h("span", { class: `avatar square small ${who.toLowerCase()}` }, who === "bot" ? "C" : who[0]));
    const label = status ? `${cast.slack.bot} ${status}` : `${replies} ${replies === 1 ? "reply" : "replies"}`;
    if (!replies && !status) return null;
    return h("button", { type: "button", class: "replies", data: { testid: "replies" }, onclick: () => thread.open(message.id) }, faces, status ? dots() : null, h("span", null, label));
  }

  tool(message) {
    return message.secret ? null : h("button", { type: "button", class: "tool", title: "Reply in thread", aria: { label: `Reply in thread to ${message.who ?? cast.slack.bot}` }, onclick: () => thread.open(message.thread ?? message.id) }, icon("thread"));
  }

  drawn(message, close, old) {
    const element = super.drawn(message, close, old);
    element.classList.toggle("chosen", thread.thread === message.id);
    if (!old && !message.secret) element.addEventListener("click", (event) => {
      if (!event.target.closest("a, button, pre") && getSelection().isCollapsed) thread.open(message.thread ?? message.id);
    });
    return element;
  }

  /** Somebody asked: their thread is where the answer comes. */
  said(id) {
    if (this.mention) thread.open(id, { focus: false });
  }
}

class Thread extends SlackPlace {
  tell(view) {
    if (!this.thread) return;
    const { thread: root } = this;
    this.show(view.messages.filter((message) => message.id === root || message.thread === root));
    const status = view.statuses[root];
    this.setStatus(status ? `${cast.slack.bot} ${status}` : "");
  }

  open(root, { focus = true } = {}) {
    if (this.thread !== root) this.shown.clear();
    this.thread = root;
    this.stick = true;
    slack.stage.classList.add("threaded");
    channel.tell(channel.view);
    if (focus) this.input.focus({ preventScroll: true });
  }

  shut() {
    this.thread = null;
    slack.stage.classList.remove("threaded");
    channel.tell(channel.view);
    channel.input.focus({ preventScroll: true });
  }
}

class Direct extends SlackPlace {
  /** A direct message with an app reads as one conversation, though each answer hangs on its question. */
  tell(view) {
    this.show(view.messages);
    const status = Object.values(view.statuses).at(-1);
    this.setStatus(status ? `${cast.slack.bot} ${status}` : "");
  }
}

// --- the two windows

class Window {
  constructor(root, places) {
    Object.assign(this, { root, places, stage: root.querySelector(".stage"), tabs: root.querySelector(".tabs") });
    for (const place of places) {
      this.stage.append(place.root);
      if (!place.sub) this.tabs.append(this.tab(place));
    }
    this.choose(places[0]);
  }

  tab(place) {
    place.tab = h("button", { type: "button", class: "tab", data: { testid: `open-${place.id}` }, onclick: () => this.choose(place, true) }, h("span", { class: `avatar ${place.badge}`, aria: { hidden: true } }, place.initial), h("span", { class: "label" }, h("b", null, place.title), h("small", null, place.hint)), h("span", { class: "unread", hidden: true, aria: { label: "unread" } }));
    return place.tab;
  }

  choose(place, focus = false) {
    this.chosen = place;
    for (const one of this.places) {
      one.root.hidden = one !== place && !(one.sub && one.of === place.id);
      one.tab?.setAttribute("aria-current", one === place ? "page" : "false");
      if (!one.root.hidden) {
        one.count();
        if (one.stick) one.toEnd();
      }
    }
    if (focus) place.input.focus({ preventScroll: true });
  }
}

const closeThread = (place) => [h("button", { type: "button", class: "shut", aria: { label: "Close the thread" }, onclick: () => place.shut() }, icon("close"))];

const direct = new TelegramPlace({ id: "telegram-private", platform: "telegram", place: "private", title: "Bot", about: "bot", hint: "private, as Ann", badge: "bot", initial: "B", placeholder: "Message", hello: "No messages here yet… Say something as Ann; in a private chat the bot always listens." });
const group = new TelegramPlace({ id: "telegram-group", platform: "telegram", place: "group", title: "Team", about: "Ann, Bob and the bot", hint: "Ann, Bob and the bot", badge: "team", initial: "T", placeholder: "Message", people: true, mention: true, hello: "A group: the bot listens when it is mentioned or replied to." });
const channel = new Channel({ id: "slack-channel", platform: "slack", place: "channel", title: "# help", about: "Ann, Bob and the app", hint: "channel with threads", badge: "hash", initial: "#", placeholder: "Message #help", people: true, mention: true, hello: "This is the very beginning of #help. Mention the app, and it answers in a thread." });
const thread = new Thread({ id: "slack-thread", platform: "slack", place: "channel", title: "Thread", about: "# help", sub: true, of: "slack-channel", placeholder: "Reply…", people: true, hello: "Click a message to open its thread.", tools: closeThread });
const dm = new Direct({ id: "slack-dm", platform: "slack", place: "dm", title: "Coze", about: "Direct message with Ann", hint: "direct message", badge: "bot square", initial: "C", placeholder: "Message Coze", hello: "This conversation is just between Ann and the app." });

const telegram = new Window($(".telegram"), [direct, group]);
const slack = new Window($(".slack"), [channel, thread, dm]);
const views = { "telegram-private": direct, "telegram-group": group, "slack-channel": channel, "slack-dm": dm };
for (const [name, place] of Object.entries(views)) {
  place.view = { messages: [], statuses: {}, status: "" };
  place.tell(place.view);
}

for (const text of SUGGESTIONS) {
  const both = () => [telegram, slack].forEach((one) => one.chosen.say(text));
  $(".both").append(h("button", { type: "button", class: "chip", data: { testid: "both-suggestion" }, onclick: both }, text));
}

// --- what happens

function introduce(who) {
  Object.assign(cast, who);
  const { bot, username } = who.telegram;
  direct.root.querySelector("h3").textContent = direct.tab.querySelector("b").textContent = bot;
  group.at.textContent = `@${username}`;
  channel.at.textContent = `@${who.slack.bot}`;
}

function connect() {
  const feed = new EventSource("feed");
  const live = $(".live");
  const say = (on, text) => {
    live.dataset.live = on;
    live.textContent = text;
  };
  feed.addEventListener("open", () => say(true, "Live"));
  feed.addEventListener("error", () => say(false, "The demo is not running"));
  feed.addEventListener("cast", (event) => introduce(JSON.parse(event.data)));
  for (const [name, place] of Object.entries(views)) feed.addEventListener(name, (event) => place.tell((place.view = JSON.parse(event.data))));
}

connect();
direct.input.focus({ preventScroll: true });
