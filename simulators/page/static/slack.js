// Slack's places: a channel, the thread beside it, and the direct message with the app.

import { clock, h, icon } from "./dom.js";
import { markdown, mrkdwn } from "./markdown.js";
import { Place, cast, dots } from "./place.js";

const BLOCKS = "p, ul, ol, li, blockquote, h3, h4, h5, h6, .code, pre, pre > code";

class SlackPlace extends Place {
  platform = "slack";

  contents(message) {
    const bot = message.from === "bot";
    const who = bot ? cast.slack.bot : message.who ?? "Somebody";
    const body = h("div", { class: "text" }, (message.markdown ? markdown : mrkdwn)(message.text, cast.slack.names));
    if (message.state === "streaming") lastBlock(body).append(h("span", { class: "cursor", aria: { hidden: true } }));
    const face = h("span", { class: `avatar square ${bot ? "bot" : who.toLowerCase()}`, aria: { hidden: true } }, who[0]);
    const byline = h("div", { class: "byline" }, h("b", null, who), bot && h("span", { class: "app" }, "APP"), h("time", null, clock(message.at)));
    const secret = message.secret && h("div", { class: "secret" }, `Only visible to ${message.secret}`);
    const below = [this.notes(message), this.files(message), this.buttons(message), this.reactions(message), this.extra?.(message)];
    return [face, h("div", { class: "content" }, secret, byline, this.tasks(message), body, below.flat()), this.tool(message)];
  }

  tellStatus(root, { statuses, phrases }) {
    this.setStatus(statuses[root] ? `${cast.slack.bot} ${statuses[root]}` : "", phrases[root]);
  }

  notes(message) {
    const said = [message.edits && "(edited)", message.stopped && "Stopped"].filter(Boolean).join(" ");
    return said && h("span", { class: "edited" }, said);
  }

  reactions(message) {
    return message.reactions?.length > 0 && h("div", { class: "reactions" }, message.reactions.map((name) => h("span", null, `:${name}:`)));
  }

  tasks(message) {
    const tasks = (message.tasks ?? []).map((task) => h("li", { data: { status: task.status } }, task.title));
    return tasks.length > 0 && h("ul", { class: "tasks" }, tasks);
  }

  tool(message) {
    if (message.state !== "streaming") return message.secret ? null : h("span", { class: "tools" }, asking(this, message));
    const stop = h("button", { type: "button", class: "halt", onclick: () => this.press(message.id, "stop") }, icon("stop"), "Stop");
    return h("span", { class: "halting" }, stop);
  }
}

/** The app's shortcut, in the menu that every message has. */
function asking(place, message) {
  const label = `Ask about this: ${message.text.slice(0, 40)}`;
  return h("button", { type: "button", class: "tool", title: "Ask about this", data: { testid: "ask-about" }, aria: { label }, onclick: () => place.press(message.id, "ask_about_this") }, icon("ask"));
}

/** Where the cursor stands: in the deepest last block of *body*. */
function lastBlock(body) {
  let block = body;
  while (block.lastElementChild?.matches(BLOCKS)) block = block.lastElementChild;
  return block;
}

export class Channel extends SlackPlace {
  tell(view) {
    this.view = view;
    this.show(view.messages.filter((message) => !message.thread || message.thread === message.id || message.broadcast));
    this.beside.tell(view);
  }

  /** What a root shows of its thread. */
  aside(message) {
    const replies = this.view.messages.filter((reply) => reply.thread === message.id && reply.id !== message.id && !reply.secret);
    const people = [...new Set(replies.map((reply) => (reply.from === "bot" ? "bot" : reply.who)))];
    return { replies: replies.length, people, status: this.view.statuses[message.id] ?? "", open: this.beside.thread === message.id };
  }

  extra(message) {
    if (message.secret) return null;
    const { replies, people, status } = this.aside(message);
    const faces = people.map((who) => h("span", { class: `avatar square small ${who.toLowerCase()}` }, who === "bot" ? "C" : who[0]));
    const label = status ? `${cast.slack.bot} ${status}` : `${replies} ${replies === 1 ? "reply" : "replies"}`;
    if (!replies && !status) return null;
    const open = () => this.beside.open(message.id);
    return h("button", { type: "button", class: "replies", data: { testid: "replies" }, onclick: open }, faces, status ? dots() : null, h("span", null, label));
  }

  tool(message) {
    if (message.secret) return null;
    const label = `Reply in thread to ${message.who ?? cast.slack.bot}`;
    const open = () => this.beside.open(message.thread ?? message.id);
    return h("span", { class: "tools" }, h("button", { type: "button", class: "tool", title: "Reply in thread", aria: { label }, onclick: open }, icon("thread")), asking(this, message));
  }

  drawn(message, close, old) {
    const element = super.drawn(message, close, old);
    element.classList.toggle("chosen", this.beside.thread === message.id);
    if (!old && !message.secret) element.addEventListener("click", (event) => {
      if (!event.target.closest("a, button, pre") && getSelection().isCollapsed) this.beside.open(message.thread ?? message.id);
    });
    return element;
  }

  /** Somebody asked: their thread is where the answer comes. */
  said(id) {
    if (this.mention) this.beside.open(id, { focus: false });
  }
}

export class Thread extends SlackPlace {
  tools() {
    return h("button", { type: "button", class: "shut", aria: { label: "Close the thread" }, onclick: () => this.shut() }, icon("close"));
  }

  tell(view) {
    if (!this.thread) return;
    const { thread: root } = this;
    this.show(view.messages.filter((message) => message.id === root || message.thread === root));
    this.tellStatus(root, view);
  }

  open(root, { focus = true } = {}) {
    if (this.thread !== root) this.shown.clear();
    this.thread = root;
    this.stick = true;
    this.root.parentElement.classList.add("threaded");
    this.channel.tell(this.channel.view);
    if (focus) this.input.focus({ preventScroll: true });
  }

  shut() {
    this.thread = null;
    this.root.parentElement.classList.remove("threaded");
    this.channel.tell(this.channel.view);
    this.channel.input.focus({ preventScroll: true });
  }
}

export class Direct extends SlackPlace {
  /** A direct message with an app reads as one conversation, though each answer hangs on its question. */
  tell(view) {
    this.show(view.messages);
    this.tellStatus(Object.keys(view.statuses).at(-1), view);
  }
}
