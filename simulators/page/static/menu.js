// The commands of a Telegram bot, as its Menu button offers them.

import { h, icon } from "./dom.js";

export class Menu {
  /** *choose* gets the command that was pressed. */
  constructor(choose) {
    this.choose = choose;
    this.list = h("div", { class: "menu", hidden: true, aria: { label: "Commands" }, data: { testid: "menu" } });
    this.button = h(
      "button",
      { type: "button", class: "menu-press", hidden: true, aria: { expanded: false }, data: { testid: "open-menu" }, onclick: () => this.open(this.list.hidden) },
      icon("menu"),
      "Menu",
    );
    this.list.addEventListener("keydown", (event) => event.key === "Escape" && this.open(false));
  }

  /** Offer *commands*, each with its name and what it does. */
  offer(commands) {
    this.button.hidden = !commands.length;
    this.list.replaceChildren(...commands.map((one) => this.row(`/${one.command}`, one.description)));
  }

  row(command, description) {
    const pressed = () => {
      this.open(false);
      this.choose(command);
    };
    return h("button", { type: "button", class: "menu-row", onclick: pressed }, h("span", null, description), h("code", null, command));
  }

  open(on) {
    this.list.hidden = !on;
    this.button.setAttribute("aria-expanded", on);
    if (on) this.list.firstChild.focus();
  }
}
