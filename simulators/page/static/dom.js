// Elements, made the short way. Text only ever becomes text nodes: nothing here parses HTML.

/** An element; `data` and `aria` are objects, `on…` are listeners, other properties are attributes. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "data") Object.assign(element.dataset, value);
    else if (name === "aria") for (const [key, said] of Object.entries(value)) element.setAttribute(`aria-${key}`, said);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child || child === 0));
  return element;
}

const SHAPES = {
  send: "M3.4 20.4 21 12.8a.9.9 0 0 0 0-1.6L3.4 3.6l-.1 6.3L14 12 3.3 14.100z",
  thread: "M4 4h16v12H9l-5 4z",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  reply: "M10 8V4L3 11l7 7v-4c5 0 8 1.5 11 6-1-7-4-11-11-12z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  menu: "M4 7h16M4 12h16M4 17h16",
  wave: "M2 10v4M6 7v10M10 4v16M14 8v8M18 6v12M22 10v4",
  play: "M8 5l11 7-11 7z",
  stop: "M7 7h10v10H7z",
  ask: "M9 9a3 3 0 1 1 4 2.800c-.7.4-1 .9-1 1.700v.5M12 17.500v.5",
};

/** A small picture; decoration, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A link that opens elsewhere, or only its words where the address is not one a chat may link to. */
export function link(url, ...words) {
  const address = /^(https?:\/\/|mailto:|tg:)/i.test(url) ? url : /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(url) ? `https://${url}` : null;
  return address === null ? h("span", null, words) : h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

/** A block of code with the name of its language and a way to copy it. */
export function codeBlock(text, language) {
  const copy = h("button", { type: "button", class: "copy", aria: { label: "Copy code" } }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(text);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1200);
  });
  const label = h("span", { class: "language" }, language || "code");
  const pre = h("pre", { tabindex: 0, aria: { label: `${language || ""} code` } }, h("code", null, text));
  return h("div", { class: "code" }, h("div", { class: "code-head" }, label, copy), pre);
}

/** The time of day of *at* in seconds. */
export function clock(at) {
  return at ? new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
}
