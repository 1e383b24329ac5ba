// The page: seven places in two windows and the console beside them, told by one event stream what stands in them.

import { ConsolePane } from "./console.js";
import { h } from "./dom.js";
import { SUGGESTIONS, cast } from "./place.js";
import { Channel, Direct, Thread } from "./slack.js";
import { TelegramPlace, Toasts } from "./telegram.js";
import { Form, Home } from "./views.js";

// --- the two windows

class Window {
  constructor(root, places) {
    Object.assign(this, { root, places, stage: root.querySelector(".stage"), tabs: root.querySelector(".tabs") });
    for (const place of places) {
      this.stage.append(place.root);
      if (!place.within) this.tabs.append(this.tab(place));
    }
    this.choose(places[0]);
  }

  tab(place) {
    place.tab = h(
      "button",
      { type: "button", class: "tab", data: { testid: `open-${place.id}` }, onclick: () => this.choose(place, true) },
      h("span", { class: `avatar ${place.badge}`, aria: { hidden: true } }, place.initial),
      h("span", { class: "label" }, h("b", null, place.title), h("small", null, place.hint)),
      h("span", { class: "unread", hidden: true }),
    );
    return place.tab;
  }

  choose(place, focus = false) {
    this.chosen = place;
    for (const one of this.places) {
      one.root.hidden = one !== place && one.within !== place.id;
      one.tab?.setAttribute("aria-current", one === place ? "page" : "false");
      if (!one.root.hidden) {
        one.count();
        if (one.stick) one.toEnd();
      }
    }
    if (focus) place.input.focus({ preventScroll: true });
    place.opened?.();
  }
}

const direct = new TelegramPlace({
  id: "telegram-private",
  place: "private",
  title: "Bot",
  about: "bot",
  hint: "private, as Ann",
  badge: "bot",
  initial: "B",
  placeholder: "Message",
  hello: "No messages here yet… Say something as Ann; in a private chat the bot always listens.",
});
const group = new TelegramPlace({
  id: "telegram-group",
  place: "group",
  title: "Team",
  about: "Ann, Bob and the bot",
  hint: "group",
  badge: "team",
  initial: "T",
  placeholder: "Message",
  people: true,
  mention: true,
  hello: "A group: the bot listens when it is mentioned or replied to.",
});
const topic = new TelegramPlace({
  id: "telegram-topic",
  place: "topic",
  title: "Topic",
  about: "a topic",
  hint: "a group's topic",
  badge: "hash",
  initial: "#",
  placeholder: "Message",
  people: true,
  mention: true,
  hello: "A topic: what is said here has a memory of its own, and is answered here.",
});
const thread = new Thread({
  id: "slack-thread",
  place: "channel",
  title: "Thread",
  about: "# help",
  within: "slack-channel",
  placeholder: "Reply…",
  people: true,
  hello: "Click a message to open its thread.",
});
const channel = new Channel({
  id: "slack-channel",
  place: "channel",
  beside: thread,
  title: "# help",
  about: "Ann, Bob and the app",
  hint: "channel",
  badge: "hash",
  initial: "#",
  placeholder: "Message #help",
  people: true,
  mention: true,
  hello: "This is the very beginning of #help. Mention the app, and it answers in a thread.",
});
thread.channel = channel;
const dm = new Direct({
  id: "slack-dm",
  place: "dm",
  title: "Coze",
  about: "Direct message with Ann",
  hint: "direct message",
  badge: "bot square",
  initial: "C",
  placeholder: "Message Coze",
  hello: "This conversation is just between Ann and the app.",
});

const home = new Home({
  id: "slack-home",
  title: "Home",
  about: "What the app tells Ann",
  hint: "the app's Home tab",
  badge: "bot square",
  initial: "H",
  hello: "The app fills this page when Ann opens it.",
});
const form = new Form();

const telegram = new Window(document.querySelector(".telegram"), [direct, group, topic]);
const slack = new Window(document.querySelector(".slack"), [channel, thread, dm, home]);
const views = { "telegram-private": direct, "telegram-group": group, "telegram-topic": topic, "slack-channel": channel, "slack-dm": dm };
for (const [name, place] of Object.entries(views)) {
  place.view = { messages: [], statuses: {}, phrases: {}, status: "" };
  place.tell(place.view);
}

document.body.append(form.root);
views["slack-home"] = home;
views["slack-form"] = form;
views["telegram-toasts"] = new Toasts(telegram.stage);
home.tell({});

for (const text of SUGGESTIONS) {
  const both = () => [telegram, slack].forEach((one) => (one.chosen === home ? dm : one.chosen).say(text));
  document.querySelector(".both").append(h("button", { type: "button", class: "chip", data: { testid: "both-suggestion" }, onclick: both }, text));
}

if (document.body.dataset.console) new ConsolePane(document.querySelector(".admin"), document.querySelector(".console-press"));

// --- what happens

function introduce(who) {
  Object.assign(cast, who);
  const { bot, username, menus, topics } = who.telegram;
  direct.call(bot, "bot");
  for (const [name, { title, group: forum }] of Object.entries(topics)) views[`telegram-${name}`].call(title, `a topic of ${forum}: Ann, Bob and the bot`);
  for (const [name, commands] of Object.entries(menus)) views[`telegram-${name}`].menu.offer(commands);
  group.at.textContent = topic.at.textContent = `@${username}`;
  channel.at.textContent = `@${who.slack.bot}`;
}

function connect() {
  const feed = new EventSource("feed");
  const live = document.querySelector(".live");
  const say = (on, text) => {
    live.dataset.live = on;
    live.textContent = text;
  };
  feed.addEventListener("open", () => say(true, "Live"));
  feed.addEventListener("error", () => say(false, "The demo is not running"));
  feed.addEventListener("cast", (event) => introduce(JSON.parse(event.data)));
  for (const [name, place] of Object.entries(views)) {
    feed.addEventListener(name, (event) => place.tell((place.view = JSON.parse(event.data))));
  }
}

connect();
direct.input.focus({ preventScroll: true });
