// What Slack shows of an app beside messages: a person's Home tab, and the form that an app opens.

import { h } from "./dom.js";
import { mrkdwn } from "./markdown.js";
import { cast, press } from "./place.js";

const words = (text) => (text.type === "mrkdwn" ? mrkdwn(text.text, cast.slack.names) : document.createTextNode(text.text));

/** One block of a view; *act* is told of the button that was pressed. */
function block(part, act) {
  switch (part.type) {
    case "header": return h("h4", null, words(part.text));
    case "divider": return h("hr");
    case "context": return h("p", { class: "context" }, part.elements.map(words));
    case "section": return h("div", { class: "section" }, h("div", { class: "text" }, words(part.text)), part.accessory && button(part.accessory, act));
    default: return null;
  }
}

function button(element, act) {
  const ask = element.confirm;
  const sure = () => !ask || confirm(`${ask.title.text}\n\n${ask.text.text}`);
  const kind = element.style === "danger" ? "press danger" : "press";
  return h("button", { type: "button", class: kind, data: { testid: element.action_id }, onclick: () => sure() && act(element.action_id) }, element.text.text);
}

/** Ann's Home tab; it fills when she opens it. */
export class Home {
  constructor(spec) {
    Object.assign(this, { stick: false }, spec);
    this.body = h("div", { class: "log home", tabindex: 0, data: { testid: "home" } });
    const head = h("div", { class: "head" }, h("span", { class: `avatar ${this.badge}`, aria: { hidden: true } }, this.initial), h("div", { class: "names" }, h("h3", null, this.title), h("span", { class: "subtitle" }, this.about)));
    this.root = h("section", { class: "place", aria: { label: this.title }, data: { testid: this.id } }, head, h("div", { class: "scroller" }, this.body));
    this.input = this.body;
  }

  opened() {
    press({ platform: "slack", place: "home", action: "home" });
  }

  tell(view) {
    const act = (action) => press({ platform: "slack", place: "home", action });
    const parts = (view.blocks ?? []).map((part) => block(part, act)).filter(Boolean);
    this.body.replaceChildren(...(parts.length ? parts : [h("div", { class: "welcome" }, h("p", null, this.hello))]));
  }

  say() {}

  count() {}
}

/** The form that the app has opened, above everything else. */
export class Form {
  constructor() {
    this.root = h("div", { class: "veil", hidden: true });
  }

  tell(view) {
    if (view.id === this.id) return;
    this.id = view.id;
    this.root.hidden = !view.id;
    if (view.id) this.show(view);
  }

  show(view) {
    const field = view.blocks.find((part) => part.type === "input");
    const input = h("textarea", { rows: 4, required: true, maxlength: field.element.max_length, aria: { label: field.label.text }, data: { testid: "question" } });
    const away = (action, text) => press({ platform: "slack", place: "form", action, message: view.id, text });
    const quoted = view.blocks.filter((part) => part.type === "section").map((part) => h("blockquote", null, words(part.text)));
    const form = h(
      "form",
      { class: "modal", role: "dialog", aria: { label: view.title.text, modal: true } },
      h("h3", null, view.title.text),
      h("label", null, field.label.text, input),
      quoted,
      h("div", { class: "deeds" }, h("button", { type: "button", class: "press", onclick: () => away("cancel") }, view.close.text), h("button", { type: "submit", class: "press sure" }, view.submit.text)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      away("submit", input.value);
    });
    form.addEventListener("keydown", (event) => event.key === "Escape" && away("cancel"));
    this.root.replaceChildren(form);
    input.focus();
  }
}
