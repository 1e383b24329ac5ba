// Telegram's text: entities count in UTF-16 code units, which is how JavaScript counts.

import { codeBlock, h, link } from "./dom.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/** *text* with its *entities*, as a fragment. */
export function entities(text, marks) {
  const fragment = document.createDocumentFragment();
  const blocks = marks.filter((mark) => BLOCKS.has(mark.type)).sort((a, b) => a.offset - b.offset);
  const rest = marks.filter((mark) => !BLOCKS.has(mark.type));
  let at = 0;
  for (const block of blocks) {
    if (block.offset < at) continue;
    const end = block.offset + block.length;
    // A block stands on lines of its own, so the line breaks around it would show as empty lines.
    fragment.append(...runs(text, rest, text[at] === "\n" && at > 0 ? at + 1 : at, text[block.offset - 1] === "\n" ? block.offset - 1 : block.offset));
    fragment.append(blockOf(block, text, rest));
    at = end;
  }
  fragment.append(...runs(text, rest, text[at] === "\n" && at > 0 ? at + 1 : at, text.length));
  return fragment;
}

function blockOf(block, text, rest) {
  const end = block.offset + block.length;
  if (block.type === "pre") return codeBlock(text.slice(block.offset, end), block.language);
  return h("blockquote", null, runs(text, rest, block.offset, end));
}

/** The text from *from* to *to*, cut where an entity begins or ends, each piece in all that covers it. */
function runs(text, marks, from, to) {
  if (from >= to) return [];
  const here = marks.filter((mark) => mark.offset < to && mark.offset + mark.length > from);
  const cuts = new Set([from, to]);
  for (const mark of here) {
    cuts.add(Math.max(from, mark.offset));
    cuts.add(Math.min(to, mark.offset + mark.length));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(1).map((end, index) => {
    const start = edges[index];
    const covering = here.filter((mark) => mark.offset <= start && mark.offset + mark.length >= end);
    return covering.reduceRight((inner, mark) => dressed(mark, inner, text), document.createTextNode(text.slice(start, end)));
  });
}

function dressed(mark, inner, text) {
  const own = text.slice(mark.offset, mark.offset + mark.length);
  switch (mark.type) {
    case "bold": return h("strong", null, inner);
    case "italic": return h("em", null, inner);
    case "underline": return h("u", null, inner);
    case "strikethrough": return h("s", null, inner);
    case "code": return h("code", null, inner);
    case "spoiler": return h("span", { class: "spoiler", tabindex: 0 }, inner);
    case "text_link": return link(mark.url, inner);
    case "url": return link(own, inner);
    case "email": return link(`mailto:${own}`, inner);
    case "mention": case "text_mention": case "hashtag": case "cashtag": case "bot_command":
      return h("span", { class: "mention" }, inner);
    default: return inner;
  }
}
