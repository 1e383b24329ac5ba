// A place to talk: its head, its messages, its composer. What a message looks like is each platform's own affair.

import { h, icon, link } from "./dom.js";

export const SUGGESTIONS = ["hello", "tell me a long story", "write code", "what did I say first?", "讲个故事"];
const PHRASE = 2000; // ms
const COMMANDS = ["/new", "/stop", "/status", "/help"];

/** Who is who, as the feed introduces them. */
export const cast = { telegram: { bot: "Bot", username: "bot" }, slack: { bot: "Coze", names: {} } };

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

/** Have a person press something, or send off a form. */
export const press = (wish) => tried(ask("press", { who: "ann", ...wish }));

export class Place {
  /** *spec*: id, platform, place, title, and what its composer offers. */
  constructor(spec) {
    Object.assign(this, { mention: false, who: "ann", replyTo: null, stick: true, top: 0, shown: new Map(), unread: 0 }, spec);
    const label = `Messages, ${this.title}`;
    this.log = h("div", { class: "log", role: "log", tabindex: 0, aria: { live: "polite", label }, data: { testid: "messages" } });
    this.status = h("div", { class: "status", role: "status", data: { testid: "status" } });
    this.subtitle = h("span", { class: "subtitle" }, this.about ?? "");
    this.latest = h(
      "button",
      { type: "button", class: "latest", hidden: true, aria: { label: "Scroll to the newest message" }, onclick: () => this.toEnd() },
      icon("down"),
    );
    this.root = h(
      "section",
      { class: "place", aria: { label: this.title }, data: { testid: this.id } },
      this.head(),
      h("div", { class: "scroller" }, this.log, this.latest),
      this.status,
      this.composer(),
    );
    this.log.addEventListener("scroll", () => this.scrolled());
    new ResizeObserver(() => this.stick && this.toEnd()).observe(this.log);
    this.log.addEventListener("load", () => this.stick && this.toEnd(), true); // a picture has its height only now
  }

  head() {
    const face = this.badge && h("span", { class: `avatar ${this.badge}`, aria: { hidden: true } }, this.initial);
    return h("div", { class: "head" }, face, h("div", { class: "names" }, h("h3", null, this.title), this.subtitle), this.tools?.());
  }

  // what a person types

  composer() {
    this.input = h("textarea", {
      rows: 1,
      placeholder: this.placeholder,
      enterkeyhint: "send",
      autocomplete: "off",
      aria: { label: `Message ${this.title}` },
      data: { testid: "input" },
    });
    this.input.addEventListener("input", () => this.grow());
    this.input.addEventListener("keydown", (event) => {
      // Enter also ends the composition of a Chinese word; that one sends nothing.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.send();
    });
    this.button = h(
      "button",
      { type: "submit", class: "send", disabled: true, aria: { label: `Send to ${this.title}` }, data: { testid: "send" } },
      icon("send"),
    );
    this.quote = h("div", { class: "quoting", hidden: true });
    const form = h("form", { class: "composer" }, this.quote, h("div", { class: "box" }, this.options(), this.menu?.button, this.input, this.button), this.menu?.list);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    return h("div", { class: "foot" }, this.chips(), form);
  }

  chips() {
    this.suggestions = h("div", { class: "suggestions" }, SUGGESTIONS.map((text) => this.chip(text, "suggestion")));
    const commands = COMMANDS.map((text) => this.chip(text, "command"));
    this.row = h("div", { class: "chips", role: "group", aria: { label: "Commands and suggestions" } }, commands, this.suggestions);
    return this.row;
  }

  chip(text, kind) {
    return h("button", { type: "button", class: `chip ${kind}`, data: { testid: kind }, onclick: () => this.say(text) }, text);
  }

  /** Who speaks, and whether the bot is mentioned. */
  options() {
    const offered = [];
    if (this.people) {
      const label = (name) => `Speak as ${name}`;
      const choice = (who, name) => h(
        "button",
        {
          type: "button",
          role: "radio",
          class: "who",
          title: label(name),
          data: { who },
          aria: { checked: who === this.who, label: label(name) },
          onclick: () => this.speakAs(who),
        },
        name,
      );
      this.voices = h("div", { class: "people", role: "radiogroup", aria: { label: "Speak as" } }, choice("ann", "Ann"), choice("bob", "Bob"));
      offered.push(this.voices);
    }
    if (this.mention) {
      const title = "Mention the bot, so that it listens";
      const turn = () => this.setMention(!this.mention);
      this.at = h("button", { type: "button", class: "at", title, data: { testid: "mention" }, aria: { pressed: true }, onclick: turn }, "@bot");
      offered.push(this.at);
    }
    return offered.length ? h("div", { class: "options" }, offered) : null;
  }

  speakAs(who) {
    this.who = who;
    for (const choice of this.voices.children) choice.setAttribute("aria-checked", choice.dataset.who === who);
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
    const wish = { ...this.here(), text, mention: this.mention, thread: this.thread, reply_to: this.replyTo };
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

  /** Follow the newest, or no longer: what grows below moves nothing, so only a person leaves the end. */
  scrolled() {
    if (this.log.clientHeight === 0) return;
    const up = this.log.scrollTop < this.top;
    this.top = this.log.scrollTop;
    if (this.log.scrollHeight - this.top - this.log.clientHeight < 48) this.stick = true;
    else if (up) this.stick = false;
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
    const rest = [...this.log.children];
    for (const element of rest.slice(messages.length)) element.remove();
    if (!messages.length) this.log.append(h("div", { class: "welcome" }, h("p", null, this.hello), this.suggestions));
    else if (this.suggestions.parentElement !== this.row) this.row.append(this.suggestions);
    if (this.stick) this.toEnd();
    else this.latest.hidden = false;
    this.count();
  }

  /** Call it *title*, and say what it is *about*. */
  call(title, about) {
    for (const name of [this.root.querySelector("h3"), this.tab.querySelector("b")]) name.textContent = title;
    this.about = this.subtitle.textContent = about;
  }

  /** The element of *message*, in the place of *old* where there is one. */
  drawn(message, close, old) {
    const element = old ?? h("article", { class: "message new" });
    Object.assign(element.dataset, { from: message.from, state: message.state, id: message.id, edits: message.edits ?? 0 });
    element.classList.toggle("close", close);
    element.setAttribute("aria-busy", message.state !== "final");
    element.replaceChildren(...this.contents(message).filter(Boolean));
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
    const drawn = ({ url, text, action, value }) => url
      ? link(url, h("span", { class: "button" }, text))
      : h("button", { type: "button", class: "button", title: text, onclick: () => this.press(message.id, action, value) }, text);
    return (message.buttons ?? []).map((row) => h("div", { class: "buttons" }, row.map(drawn)));
  }

  press(message, action, value) {
    return tried(ask("press", { ...this.here(), message, action, value }));
  }

  here() {
    return { platform: this.platform, place: this.place, who: this.who };
  }

  /** Say *text* above the composer; *phrases* then take turns there. */
  setStatus(text, phrases = []) {
    if (this.status.dataset.said === text) return;
    this.status.dataset.said = text;
    clearInterval(this.turns);
    const words = h("span", null, text);
    this.status.replaceChildren(...(text ? [dots(), words] : []));
    let turn = 0;
    if (phrases.length) this.turns = setInterval(() => words.replaceChildren(phrases[turn++ % phrases.length]), PHRASE);
  }
}

export const dots = () => h("span", { class: "dots", aria: { hidden: true } }, h("i"), h("i"), h("i"));
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / (1 << 20)).toFixed(1)} MB`);

/** Whether *message* goes on with what the same person said *before*. */
function follows(before, message) {
  if (!before || before.secret || message.secret) return false;
  return before.from === message.from && before.who === message.who && !(message.at - before.at > 300);
}

export async function tried(request) {
  try {
    return await request;
  } catch (refusal) {
    const note = h("div", { class: "toast", role: "alert" }, `That did not work: ${refusal.message}`);
    document.body.append(note);
    setTimeout(() => note.remove(), 4000);
    return {};
  }
}
