// Slack's text: Markdown as apps send it, and mrkdwn as people's clients send it. Builds nodes, never HTML.

import { codeBlock, h, link } from "./dom.js";

/** *text* as a fragment; *names* maps ids in mentions to names. */
export function markdown(text, names) {
  return fragment(blocks(text.split("\n"), { names, rules: MARKDOWN, rich: true }));
}

/** *text* in Slack's own dialect as a fragment. */
export function mrkdwn(text, names) {
  return fragment(blocks(text.replace(/^&gt; ?/gm, "> ").split("\n"), { names, rules: MRKDWN, rich: false }));
}

function fragment(nodes) {
  const all = document.createDocumentFragment();
  all.append(...nodes);
  return all;
}

// --- blocks

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])( *\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^(\s*)([-*+•]|\d{1,9}[.)])\s+(.*)$/;
const DIVISION = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

const DEEPEST = 8; // quotations in quotations; a text of nothing but ">" must not exhaust the stack

function blocks(lines, how) {
  const nodes = [];
  let at = 0;
  while (at < lines.length) {
    const [node, next] = block(lines, at, how);
    if (node) nodes.push(node);
    at = next;
  }
  return nodes;
}

/** The block that begins at line *at*, and the line after it. */
function block(lines, at, how) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (FENCE.test(line)) return fence(lines, at);
  if (QUOTE.test(line)) return quote(lines, at, how);
  if (how.rich) {
    const heading = HEADING.exec(line);
    if (heading) return [h(`h${Math.min(heading[1].length + 2, 6)}`, { class: `level-${heading[1].length}` }, inline(heading[2], how)), at + 1];
    if (RULE.test(line)) return [h("hr"), at + 1];
    if (ITEM.test(line)) return list(lines, at, how);
    if (line.includes("|") && DIVISION.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("-")) return table(lines, at, how);
  }
  return paragraph(lines, at, how);
}

function paragraph(lines, at, how) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !begins(lines[end], how)) end++;
  return [h("p", null, inline(lines.slice(at, end).join("\n"), how)), end];
}

function begins(line, how) {
  return FENCE.test(line) || QUOTE.test(line) || (how.rich && (HEADING.test(line) || ITEM.test(line) || RULE.test(line)));
}

function fence(lines, at) {
  const [, mark, language] = FENCE.exec(lines[at]);
  const close = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !close.test(lines[end])) end++;
  return [codeBlock(lines.slice(at + 1, end).join("\n"), language), end + 1];
}

function quote(lines, at, how) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end++;
  const inside = { ...how, depth: (how.depth ?? 0) + 1 };
  const bare = lines.slice(at, end).map((line) => line.replace(inside.depth < DEEPEST ? QUOTE : /^[ >]*/, ""));
  return [h("blockquote", null, blocks(bare, inside)), end];
}

function list(lines, at, how) {
  const [, indent, bullet] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(bullet);
  const node = h(ordered ? "ol" : "ul", ordered && parseInt(bullet) !== 1 ? { start: parseInt(bullet) } : null);
  let end = at;
  while (end < lines.length) {
    const item = ITEM.exec(lines[end]);
    if (!item || item[1].length < indent.length || /\d/.test(item[2]) !== ordered) break;
    let next = end + 1;
    while (next < lines.length && belongs(lines, next, indent.length)) next++;
    node.append(h("li", null, itemOf(item[3], lines.slice(end + 1, next), how)));
    end = next;
  }
  return [node, end];
}

/** Whether line *at* goes on with an item that stands at *indent*. */
function belongs(lines, at, indent) {
  if (!lines[at].trim()) return (/^\s*/.exec(lines[at + 1] ?? "")[0].length > indent) && Boolean((lines[at + 1] ?? "").trim());
  return /^\s*/.exec(lines[at])[0].length > indent;
}

function itemOf(first, rest, how) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(first);
  const words = inline(task ? task[2] : first, how);
  const depth = Math.min(...rest.filter((line) => line.trim()).map((line) => /^\s*/.exec(line)[0].length));
  const more = rest.length ? blocks(rest.map((line) => line.slice(depth)), how) : [];
  const box = task && h("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", aria: { label: "done" } });
  return [box, ...words, ...more];
}

function table(lines, at, how) {
  const alignments = cells(lines[at + 1]).map((cell) => (/^:-*:$/.test(cell) ? "center" : cell.endsWith(":") ? "right" : "left"));
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|") && lines[end].trim()) end++;
  const row = (line, tag) => h("tr", null, cells(line).map((cell, index) => h(tag, { class: `align-${alignments[index] ?? "left"}` }, inline(cell, how))));
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  return [h("div", { class: "table" }, h("table", null, h("thead", null, row(lines[at], "th")), h("tbody", null, body))), end];
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

// --- what stands in a line

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const plain = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

const CODE = [/(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/y, (m, how) => h("code", null, how.rich ? m[2] : plain(m[2]))];
const TOKENS = [
  CODE,
  [/<((?:https?:\/\/|mailto:)[^\s>|]+)(?:\|([^>]*))?>/y, (m) => link(plain(m[1]), plain(m[2] ?? m[1]))],
  [/<@([^\s>|]+)(?:\|([^>]*))?>/y, (m, how) => h("span", { class: "mention" }, `@${how.names[m[1]] ?? m[2] ?? m[1]}`)],
  [/<[!#]([^\s>|]+)(?:\|([^>]*))?>/y, (m) => h("span", { class: "mention" }, m[2] ?? `@${m[1]}`)],
  [/https?:\/\/[^\s<>]*[^\s<>.,:;!?"')\]*_~]/y, (m) => link(plain(m[0]), plain(m[0]))],
];
const within = (tag, group = 1) => (m, how) => h(tag, null, inline(m[group], how));
const MARKDOWN = [
  [/\\([!-/:-@[-`{-~])/y, (m) => m[1]],
  ...TOKENS,
  [/!?\[((?:[^[\]\\]|\\.|\[[^\]]*\])*)\]\(\s*<?((?:[^\s()<>]|\([^\s()]*\))+)>?(?:\s+"[^"]*")?\s*\)/y, (m, how) => link(m[2], inline(m[1], how))],
  [/\*\*\*(?=\S)([\s\S]*?\S)\*\*\*(?!\*)/y, (m, how) => h("strong", null, h("em", null, inline(m[1], how)))],
  [/\*\*(?=\S)([\s\S]*?\S)\*\*(?!\*)/y, within("strong")],
  [/(?<!\w)__(?=\S)([\s\S]*?\S)__(?!\w)/y, within("strong")],
  [/~~(?=\S)([\s\S]*?\S)~~/y, within("s")],
  [/\*(?=[^\s*])((?:\*\*[^*]+\*\*|[^*])*?[^\s*])\*(?!\*)/y, within("em")],
  [/(?<!\w)_(?=[^\s_])([^_]*?[^\s_])_(?!\w)/y, within("em")],
];
const MRKDWN = [
  ...TOKENS,
  [/(?<!\w)\*(?=\S)([^*\n]*?\S)\*(?!\w)/y, within("strong")],
  [/(?<!\w)_(?=\S)([^_\n]*?\S)_(?!\w)/y, within("em")],
  [/(?<!\w)~(?=\S)([^~\n]*?\S)~(?!\w)/y, within("s")],
];
const SPECIAL = /[\\`<*_~[!]|https?:/g;

function inline(text, how) {
  const nodes = [];
  let from = 0;
  SPECIAL.lastIndex = 0;
  for (let found = SPECIAL.exec(text); found; found = SPECIAL.exec(text)) {
    const [length, node] = token(text, found.index, how);
    if (length) {
      nodes.push(plain(text.slice(from, found.index)), node);
      from = found.index + length;
    }
    SPECIAL.lastIndex = Math.max(from, found.index + 1); // what is inside was searched with it too
  }
  nodes.push(plain(text.slice(from)));
  return nodes.filter((node) => node !== "");
}

function token(text, at, how) {
  for (const [pattern, make] of how.rules) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) {
      return [match[0].length, make(match, how)];
    }
  }
  return [0, null];
}
