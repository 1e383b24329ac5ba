// A voice message: pressed, it is heard.

import { h, icon } from "./dom.js";
import { tried } from "./place.js";

export function voice({ url, seconds }) {
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const wave = h("span", { class: "wave" }, icon("wave"), icon("wave"), icon("wave"));
  return h(
    "button",
    { type: "button", class: "voice", aria: { label: `Play the voice message, ${length}` }, data: { testid: "voice" }, onclick: () => tried(new Audio(url).play()) },
    h("span", { class: "play" }, icon("play")),
    h("span", null, wave, h("small", null, length)),
  );
}
