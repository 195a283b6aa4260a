/* Builds what stands beside the map. Every text goes in as text, never as markup. */
Landuse.panel = (() => {
  "use strict";

  let words = {};

  function useWords(table) { words = table; }

  function filled(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  function word(key, values = {}) {
    const [ja, en] = words[key] || [key, ""];
    return { ja: filled(ja, values), en: filled(en, values) };
  }

  /* el("p.note", {title: "…"}, child, …): children are nodes or texts; nothing is parsed. */
  function el(kind, attributes = {}, ...children) {
    const [tag, ...classes] = kind.split(".");
    const node = document.createElement(tag);
    if (classes.length) node.className = classes.join(" ");
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  /* Japanese first, English beside it. */
  function both(ja, en) {
    return [
      ja ? el("span.ja", { lang: "ja" }, ja) : null,
      en ? el("span.en", { lang: "en" }, en) : null,
    ].filter(Boolean);
  }

  function say(key, values = {}) {
    const { ja, en } = word(key, values);
    return both(ja, en);
  }

  function plain(key, values = {}) {
    const { ja, en } = word(key, values);
    return `${ja} ${en}`;
  }

  function grade(key) {
    if (!key) return null;
    return el(`span.grade.grade-${key}`, { title: plain(`grade.${key}_means`) }, say(`grade.${key}`));
  }

  function swatch(colour) {
    const box = el("span.swatch", { "aria-hidden": "true" });
    box.style.backgroundColor = colour;
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

  return {
    both, check, choice, el, fact, grade, people, percent, plain, say, sign, swatch, table, useWords, whole, word,
  };
})();
