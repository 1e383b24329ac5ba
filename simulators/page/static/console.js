// The console's pane: what an admin sees of the daemon that answers here, beside the chats.

import { icon } from "./dom.js";

const ROOM = "(width > 1700px)"; // beside both chats; where there is less, it is opened by hand

export class ConsolePane {
  constructor(root, press) {
    Object.assign(this, { root, press, frame: root.querySelector("iframe"), shut: root.querySelector(".shut") });
    this.shut.append(icon("close"));
    press.addEventListener("click", () => this.show(this.root.hidden));
    this.shut.addEventListener("click", () => {
      this.show(false);
      press.focus();
    });
    if (matchMedia(ROOM).matches) this.show(true);
  }

  show(open) {
    this.root.hidden = !open;
    this.press.setAttribute("aria-expanded", open);
    this.root.parentElement.classList.toggle("with-console", open);
    if (open) this.frame.src = "console";
    else this.frame.removeAttribute("src");
  }
}
