/* The search: towns, facilities, mesh codes and coordinates, as one types. */
Landuse.search = (() => {
  "use strict";

  const { facts, panel } = Landuse;
  const { el, say, sign } = panel;
  const id = (name) => document.getElementById(name);

  const KANJI = { 一: 1, 二: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9, 十: 10 };

  function number(kanji) {
    const [tens, ones] = kanji.includes("十") ? kanji.split("十") : ["", kanji];
    const ten = kanji.includes("十") ? (KANJI[tens] || 1) * 10 : 0;
    return String(ten + (KANJI[ones] || 0));
  }

  /* One spelling for what people type in many: width, case, kana, 三丁目 or 3丁目 or 3-. */
  function folded(text) {
    return text.normalize("NFKC").toLowerCase()
      .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
      .replace(/[一二三四五六七八九十]+(?=丁目|条|線|号)/g, number)
      .replace(/(\d)丁目/g, "$1-")
      .replace(/[\s　・,、。()（）「」]/g, "")
      .replace(/[‐‑–—−ー]/g, "-")
      .replace(/-$/, "");
  }

  function searcher(towns, facilities) {
    const entries = [
      ...towns.map((town) => ({ ...town, kind: "town", key: folded(town.name) })),
      ...facilities.map((facility) => ({
        ...facility, kind: "facility", key: folded(facility.name), more: folded(facility.address),
      })),
    ];
    return (query, most = 30) => {
      const wanted = folded(query);
      if (!wanted) return [];
      const rank = (entry) => {
        if (entry.key.startsWith(wanted)) return 0;
        if (entry.key.includes(wanted)) return 1;
        return entry.more && entry.more.includes(wanted) ? 2 : 9;
      };
      return entries.map((entry) => [rank(entry), entry]).filter(([place]) => place < 9)
        .sort((a, b) => a[0] - b[0]).slice(0, most).map(([, entry]) => entry);
    };
  }

  function spotOf(page, query) {
    const cell = facts.cellOfCode(page.cells, query.normalize("NFKC").trim());
    if (cell >= 0) {
      const [west, south, east, north] = facts.cellBox(page.cells, cell);
      return { kind: "spot", name: query, lon: (west + east) / 2, lat: (south + north) / 2 };
    }
    const pair = query.normalize("NFKC").match(/^\s*(\d+(?:\.\d+)?)\s*[,\s]\s*(\d+(?:\.\d+)?)\s*$/);
    if (!pair) return null;
    const [a, b] = pair.slice(1).map(Number);
    const [lat, lon] = a < b ? [a, b] : [b, a];
    return lat >= 20 && lat <= 46 && lon >= 122 && lon <= 154 ? { kind: "spot", name: query, lon, lat } : null;
  }

  function resultRow(page, hit, close) {
    const district = hit.kind === "town" ? page.data.districts[hit.district] : null;
    const more = hit.kind === "facility" ? hit.address : district ? district.ja : "";
    const text = [
      hit.kind === "facility" && hit.services.length ? sign(page.data.services[hit.services[0]]) : null,
      el("span.hit-name", {}, hit.name),
      el("span.hit-more", {}, hit.lon === null ? say("search.unplaced") : more || say(`search.${hit.kind}`)),
    ];
    if (hit.lon === null) return el("li.missing", {}, text);
    return el("li", {}, el("button.hit", {
      type: "button",
      onclick: () => { close(); page.goTo(hit.lon, hit.lat, hit.kind === "town" ? 14 : 15, hit.kind === "facility" ? hit : null); },
    }, text));
  }

  function start(page) {
    const find = searcher(page.towns, page.data.facilities);
    const input = id("lu-query");
    const list = id("lu-hits");
    const close = () => { list.replaceChildren(); list.hidden = true; };
    const look = () => {
      const query = input.value.trim();
      if (!query) { close(); return; }
      const spot = spotOf(page, query);
      const hits = spot ? [spot] : find(query);
      list.replaceChildren(...(hits.length
        ? hits.map((hit) => resultRow(page, hit, close))
        : [el("li.missing", {}, say("search.none", { q: query }))]));
      list.hidden = false;
    };
    input.addEventListener("input", look);
    input.addEventListener("focus", look);
    input.addEventListener("keydown", (event) => {
      const first = list.querySelector("button");
      if (event.key === "Escape") close();
      if (event.key === "Enter" && first && !event.isComposing) first.click();
      if (event.key === "ArrowDown" && first) { event.preventDefault(); first.focus(); }
    });
    list.addEventListener("keydown", (event) => {
      const rows = [...list.querySelectorAll("button")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") { close(); input.focus(); }
      if (!step) return;
      event.preventDefault();
      const next = rows.indexOf(document.activeElement) + step;
      (rows[next] || input).focus();
    });
    document.addEventListener("click", (event) => { if (!event.target.closest("#lu-search")) close(); });
  }

  Landuse.parts.push(start);

  return { folded, searcher };
})();
