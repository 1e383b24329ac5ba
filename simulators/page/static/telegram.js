// A Telegram chat: bubbles, the draft that is being written, and replies.

import { clock, h, icon } from "./dom.js";
import { entities } from "./entities.js";
import { Menu } from "./menu.js";
import { Place, cast, dots } from "./place.js";
import { voice } from "./voice.js";

const DOING = { typing: "typing", upload_photo: "sending a photo", upload_document: "sending a file", record_voice: "recording" };

export class TelegramPlace extends Place {
  platform = "telegram";

  composer() {
    this.menu = new Menu((command) => this.say(command));
    return super.composer();
  }

  tell(view) {
    this.texts = new Map(view.messages.map((message) => [message.id, message]));
    this.show(view.messages);
    const doing = view.status ? `${DOING[view.status] ?? "busy"}…` : view.messages.at(-1)?.state === "draft" ? "writing…" : "";
    this.subtitle.textContent = doing || this.about;
    this.subtitle.classList.toggle("busy", Boolean(doing));
    const last = view.messages.at(-1);
    const preview = last && `${last.from === "bot" ? "" : `${last.who}: `}${last.text.slice(0, 60) || kind(last)}`;
    if (last && this.tab) this.tab.querySelector("small").textContent = doing || preview;
    this.setStatus(view.status ? `${cast.telegram.bot} is ${DOING[view.status] ?? "busy"}…` : "");
  }

  contents(message) {
    const own = message.from === "person" && message.who === "Ann";
    const name = this.people && !own ? h("div", { class: `name ${message.who.toLowerCase()}` }, message.who) : null;
    const reactions = message.reactions?.length ? h("div", { class: "reactions" }, h("span", null, message.reactions.join(" "))) : null;
    const bubble = h("div", { class: `bubble ${pictured(message)}` }, name, this.quoted(message), this.files(message), message.voice && voice(message.voice), words(message), reactions, meta(message, own));
    const stack = h("div", { class: "stack" }, bubble, this.buttons(message), this.stop(message));
    return [h("div", { class: `row ${own ? "own" : "theirs"}` }, stack, this.answering(message))];
  }

  /** Telegram's own button on a draft that its bot lets people stop. */
  stop(message) {
    if (!message.stoppable) return null;
    const pressed = () => this.press(message.id, "stop");
    return h("div", { class: "buttons" }, h("button", { type: "button", class: "button", data: { testid: "stop" }, onclick: pressed }, "Stop"));
  }

  /** Several pictures as an album. */
  files(message) {
    const shown = super.files(message);
    return shown.length > 1 ? h("div", { class: "album" }, shown) : shown;
  }

  answering(message) {
    if (message.state !== "final") return null;
    const label = `Reply to ${message.who}`;
    return h("button", { type: "button", class: "reply", title: "Reply", aria: { label }, onclick: () => this.setReply(message) }, icon("reply"));
  }

  quoted(message) {
    const original = this.texts.get(message.reply_to);
    return original ? h("div", { class: "quoted" }, h("b", null, original.who), h("span", null, original.text.slice(0, 90))) : null;
  }
}

/** What a message without words is, in the list of chats. */
function kind(message) {
  if (message.voice) return "Voice message";
  const [file, ...more] = message.files ?? [];
  if (!file?.image) return file?.name ?? "Message";
  return more.length ? "Album" : "Photo";
}

/** Pictures reach the edges of their bubble; those without words are all of it. */
function pictured(message) {
  if (!message.files?.length || !message.files.every((file) => file.image)) return "";
  return message.text || message.reactions?.length ? "pictured" : "pictured bare";
}

function words(message) {
  if (message.text) return h("div", { class: "text" }, entities(message.text, message.entities ?? []));
  return message.state === "draft" ? h("div", { class: "text waiting" }, "Thinking…") : null;
}

function meta(message, own) {
  const ticks = own ? h("span", { class: "ticks", aria: { hidden: true } }, "✓✓") : null;
  return h("span", { class: "meta" }, message.edits ? "edited " : null, message.state === "draft" ? dots() : clock(message.at), ticks);
}

/** What a bot answers to pressed buttons, over the chat for a moment. */
export class Toasts {
  constructor(stage) {
    this.root = h("div", { class: "toasts", role: "status", data: { testid: "telegram-toasts" } });
    stage.append(this.root);
  }

  tell({ toasts = [] }) {
    this.root.replaceChildren(...toasts.map((one) => h("div", null, one.text)));
  }
}
