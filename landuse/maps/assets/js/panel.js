/* Builds what stands beside the map. Every text goes in as text, never as markup. */
Landuse.panel = (() => {
  "use strict";

  const { language } = Landuse;
  const { Spoken, word } = language;

  /* el("p.note", {title: plain("…")}, child, …): children are nodes or texts; nothing is parsed.
     What plain() gave follows the language from then on. */
  function el(kind, attributes = {}, ...children) {
    const [tag, ...classes] = kind.split(".");
    const node = document.createElement(tag);
    if (classes.length) node.className = classes.join(" ");
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value instanceof Spoken) language.keep(node, name, value);
      else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    const shown = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== "");
    node.append(...shown.map((child) => (child instanceof Spoken ? language.textNode(child) : child)));
    return node;
  }

  /* One text in each language it has; the style sheet shows those that are wanted. */
  function both(ja, en, easy = "") {
    const others = `${en ? ".has-en" : ""}${easy ? ".has-easy" : ""}`;
    return [
      ja && easy ? el("span.easy", { lang: "ja" }, language.read(easy)) : null,
      ja ? el(`span.ja${others}`, { lang: "ja" }, ja) : null,
      en ? el(`span.en${ja ? ".has-ja" : ""}`, { lang: "en" }, en) : null,
    ].filter(Boolean);
  }

  /* The name of a place: its Japanese spelling stays in every language. */
  function place(ja, en) {
    return [
      ja ? el("span.ja", { lang: "ja" }, ja) : null,
      en ? el(`span.en${ja ? ".has-ja" : ""}`, { lang: "en" }, en) : null,
    ].filter(Boolean);
  }

  /* The name of a zone, service, claim or district: anything with ja, en and perhaps easy. */
  function label(one) { return one.place ? place(one.ja, one.en) : both(one.ja, one.en, one.easy); }

  function say(key, values = {}) { return label(word(key, values)); }

  /* Words of which the English stands there in English only: units, counts. */
  function brief(key, values = {}) { return el("span.brief", {}, say(key, values)); }

  /* For attributes, options and other places that can hold one language only. */
  function plain(key, values = {}) { return language.spoken(key, values); }

  function named(one) { return new Spoken(one); }

  function grade(key) {
    if (!key) return null;
    return el(`span.grade.grade-${key}`, { title: plain(`grade.${key}_means`) }, say(`grade.${key}`));
  }

  /* `zone` adds its pattern, which shows where patterns are on. */
  function swatch(colour, zone = {}) {
    const box = el(`span.swatch${zone.pattern ? `.pattern-${zone.pattern}` : ""}`, { "aria-hidden": "true" });
    box.style.backgroundColor = colour;
    if (zone.ink) box.style.setProperty("--pattern-ink", zone.ink);
    return box;
  }

  function sign(service) {
    return el(`span.sign.sign-${service.kind}`, { "aria-hidden": "true" }, service.sign);
  }

  function check(label, { checked, onchange, before = null, after = null }) {
    const box = el("input", { type: "checkbox", onchange: () => onchange(box.checked) });
    box.checked = checked;
    return { box, row: el("label.row", {}, box, before, el("span.row-text", {}, label), after) };
  }

  function choice(name, options, chosen, onchange) {
    const select = el("select", { "aria-label": name, onchange: () => onchange(select.value) });
    for (const [value, text] of options) select.append(el("option", { value }, text));
    select.value = chosen;
    return select;
  }

  /* A dialog of the browser's own: it holds the focus, closes by Escape, its button or a press
     beside it, and then gives the focus back. */
  function dialog(title, nodes, { onclose = () => {} } = {}) {
    const before = document.activeElement;
    const heading = el("h2", { id: "lu-dialog-title" }, title);
    const close = el("button.dialog-close", { type: "button", "aria-label": plain("dialog.close"), onclick: () => box.close() }, "✕");
    const box = el("dialog.lu-dialog", { "aria-labelledby": heading.id },
      el("div.dialog-head", {}, heading, close), el("div.dialog-body", {}, nodes));
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.addEventListener("close", () => { box.remove(); before?.focus?.(); onclose(); });
    document.body.append(box);
    box.showModal();
    return box;
  }

  function fact(name, ...value) {
    return [el("dt", {}, name), el("dd", {}, ...value)];
  }

  /* columns: [{head, cell(row), number}] */
  function table(caption, columns, rows, kind = "") {
    const head = el("tr", {}, columns.map((column) => el(`th${column.number ? ".number" : ""}`, { scope: "col" }, column.head)));
    const body = rows.map((row) => el("tr", {}, columns.map((column, place) => (
      place === 0
        ? el("th", { scope: "row" }, column.cell(row))
        : el(`td${column.number ? ".number" : ""}`, {}, column.cell(row))
    ))));
    return el("div.table-wrap", { tabindex: "0", role: "region", "aria-label": plain(caption) },
      el(kind ? `table.${kind}` : "table", {}, el("caption", {}, say(caption)), el("thead", {}, head), el("tbody", {}, body)));
  }

  const whole = new Intl.NumberFormat("ja-JP", { maximumFractionDigits: 0 });

  function people(tenths) {
    if (tenths < 0) return say("table.no_data");
    if (tenths === 0) return say("place.people_none");
    if (tenths < 10) return say("place.people_under_one");
    return say("place.people_value", { n: whole.format(tenths / 10) });
  }

  function percent(share) {
    return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 2 : 1)}%`;
  }

  /* Whether a text went to the clipboard: file:// and frames may refuse it. */
  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }

  return {
    both, brief, check, choice, copied, dialog, el, fact, grade, label, named, people, percent, place, plain, say, sign, swatch, table,
    whole, word,
  };
})();
