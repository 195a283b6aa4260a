/* The words of the page in three languages. What stands in the document carries all of them
   and the style sheet shows one; attributes, options and titles hold one and are renewed. */
Landuse.language = (() => {
  "use strict";

  const NAMES = ["ja", "easy", "en"];
  const READING = /\[([^[\]|]+)\|([^[\]|]+)\]/; // [漢字|かんじ] in easy texts
  let words = {};
  let current = "ja";

  /* A text in all languages, for places that can hold but one: el() and renew() keep it right. */
  class Spoken {
    constructor({ ja, en = "", easy = "", brief = false }) { Object.assign(this, { ja, en, easy, brief }); }

    toString() {
      if (current === "en") return this.en || this.ja;
      if (current === "easy") return this.easy ? unread(this.easy) : this.ja || this.en;
      return this.brief ? this.ja : `${this.ja} ${this.en}`.trim();
    }
  }

  function useWords(table) { words = table; }

  /* Values are texts, numbers, or names with ja, en and easy of their own. */
  function filled(text, values, name) {
    const one = (value) => (value && value.ja !== undefined ? value[name] || value.ja : String(value));
    return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? one(values[key]) : whole));
  }

  function word(key, values = {}) {
    const [ja, en, easy] = words[key] || [key, "", ""];
    return { ja: filled(ja, values, "ja"), en: filled(en, values, "en"), easy: filled(easy || "", values, "easy") };
  }

  function spoken(key, values = {}) { return new Spoken(word(key, values)); }

  /* Easy text without the readings. */
  function unread(text) { return text.replace(new RegExp(READING, "g"), "$1"); }

  /* Easy text as nodes: readings above their kanji, in brackets where that cannot be drawn. */
  function read(text) {
    return text.split(new RegExp(READING, "g")).flatMap((part, place, parts) => {
      if (place % 3 === 0) return part ? [part] : [];
      return place % 3 === 1 ? [ruby(part, parts[place + 1])] : [];
    });
  }

  function ruby(kanji, reading) {
    const node = document.createElement("ruby");
    for (const [tag, text] of [["rp", "（"], ["rt", reading], ["rp", "）"]]) {
      const part = document.createElement(tag);
      part.textContent = text;
      node.append(part);
    }
    node.prepend(kanji);
    return node;
  }

  /* What a node shows, as one line for the ear: without readings, and in one language. */
  function heard(node) {
    const texts = [];
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const within = walk.currentNode.parentElement;
      const second = current !== "en" && within.matches(".en.has-ja");
      if (within.getClientRects().length && !second && !within.closest("rt, rp, [aria-hidden]")) texts.push(walk.currentNode.data.trim());
    }
    return texts.filter(Boolean).join(" ");
  }

  /* What is to be renewed: nodes are held weakly, so that those taken off the page can go. */
  const kept = new WeakMap();
  let places = [];

  function keep(node, name, text) {
    if (!kept.has(node)) { kept.set(node, new Map()); places.push(new WeakRef(node)); }
    kept.get(node).set(name, text);
    put(node, name, text);
  }

  function put(node, name, text) {
    if (name) node.setAttribute(name, String(text)); else node.data = String(text);
  }

  /* A text node that follows the language, for options and the like. */
  function textNode(text) {
    const node = document.createTextNode("");
    keep(node, "", text);
    return node;
  }

  /* Nodes of the template name their attributes' words: data-words="placeholder=search.label". */
  function adopt(root = document) {
    for (const node of root.querySelectorAll("[data-words]")) {
      for (const pair of node.dataset.words.split(";")) {
        const [name, key] = pair.split("=");
        keep(node, name, new Spoken({ ...word(key), brief: true }));
      }
    }
  }

  function renew() {
    places = places.filter((place) => place.deref());
    for (const place of places) {
      const node = place.deref();
      if (node) for (const [name, text] of kept.get(node)) put(node, name, text);
    }
  }

  /* Speaks one of NAMES and tells the other modules by the event "lu-language". */
  function set(name, title) {
    current = NAMES.includes(name) ? name : "ja";
    const root = document.documentElement;
    root.dataset.lang = current;
    root.lang = current === "en" ? "en" : "ja";
    document.title = String(spoken(title));
    renew();
    document.dispatchEvent(new CustomEvent("lu-language", { detail: current }));
    return current;
  }

  return {
    NAMES, Spoken, adopt, heard, keep, read, set, spoken, textNode, unread, useWords, word,
    get current() { return current; },
  };
})();
