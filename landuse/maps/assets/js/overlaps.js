/* Where the five legal regions overlap: hatched by which, with areas and who gives way. */
Landuse.overlaps = (() => {
  "use strict";

  const { filter, panel, view } = Landuse;
  const { both, el, label, say, swatch, table } = panel;

  const colourOf = (page, region) => page.data.claims.find((claim) => claim.key === region.claims[0]).colour;

  /* Which of the regions a kind of face lies in, as a number of one bit for each. */
  function setOf(page, kind) {
    return page.data.work.regions.reduce((bits, region, place) => (
      region.claims.some((key) => filter.hasClaim(kind, page.data.claims.findIndex((claim) => claim.key === key))) ? bits + 2 ** place : bits
    ), 0);
  }

  const regionsIn = (page, set) => page.data.work.regions.filter((_, place) => Math.floor(set / 2 ** place) % 2);

  /* -> [{ set, regions, area, faces, largest }] of land in two or more regions, largest first */
  function combinations(page) {
    const sets = page.faces.kinds.map((kind) => setOf(page, kind));
    const found = new Map();
    page.faces.kind.forEach((kind, face) => {
      const regions = regionsIn(page, sets[kind]);
      if (regions.length < 2) return;
      const row = found.get(sets[kind]) || { set: sets[kind], regions, area: 0, faces: [], largest: face };
      row.area += page.faces.area[face];
      row.faces.push(face);
      if (page.faces.area[face] > page.faces.area[row.largest]) row.largest = face;
      found.set(sets[kind], row);
    });
    return [...found.values()].sort((a, b) => b.area - a.area);
  }

  /* Land of each pair of claims, largest first, with the row of the table that settles it. */
  function pairs(page) {
    const { claims, work } = page.data;
    const areas = new Float64Array(page.faces.kinds.length);
    page.faces.kind.forEach((kind, face) => { areas[kind] += page.faces.area[face]; });
    const holds = claims.map((_, bit) => page.faces.kinds.map((kind) => filter.hasClaim(kind, bit)));
    const regionOf = (key) => work.regions.find((region) => region.claims.includes(key));
    const rows = [];
    claims.forEach((a, first) => claims.slice(first + 1).forEach((b, step) => {
      const second = first + 1 + step;
      const area = areas.reduce((sum, one, kind) => sum + (holds[first][kind] && holds[second][kind] ? one : 0), 0);
      const legal = regionOf(a.key) && regionOf(b.key) && regionOf(a.key) !== regionOf(b.key);
      if (area > 0) rows.push({ a, b, area, legal: Boolean(legal), rule: ruleFor(work, a.key, b.key), silent: silenceOf(work, a.key, b.key) });
    }));
    return rows.sort((a, b) => b.area - a.area);
  }

  function ruleFor(work, a, b) {
    const holds = (pair) => (pair.a.includes(a) && pair.b.includes(b)) || (pair.a.includes(b) && pair.b.includes(a));
    return work.pairs.find(holds) || null;
  }

  function silenceOf(work, a, b) {
    return work.silent.find((one) => one.claims.includes(a) && one.claims.includes(b)) || null;
  }

  /* Which claim a row lets prevail: null where both stand. */
  function winnerOf({ a, b, rule }) {
    if (!rule || rule.winner === "both") return null;
    return rule[rule.winner].includes(a.key) ? a : b;
  }

  /* Slanted stripes of several colours, each with a white edge. */
  function stripes(frame, colours) {
    const width = 4;
    const side = Math.round(2 * width * colours.length * frame.ratio);
    const tile = document.createElement("canvas");
    tile.width = side;
    tile.height = side;
    const ctx = tile.getContext("2d");
    ctx.lineWidth = width * frame.ratio;
    for (let turn = -1; turn <= 1; turn += 1) {
      colours.forEach((colour, place) => {
        const shift = turn * side + (place * side) / colours.length;
        ctx.beginPath();
        ctx.moveTo(shift - side / 2, side * 1.5);
        ctx.lineTo(shift + side * 1.5, -side / 2);
        ctx.strokeStyle = colour;
        ctx.stroke();
      });
    }
    const pattern = frame.ctx.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / frame.ratio));
    return pattern;
  }

  function paint(frame, page, rows, shown) {
    for (const row of rows.filter((one) => shown.has(one.set))) {
      const own = new Set(row.faces);
      view.fill(frame, page.faces, "rgba(255,255,255,0.55)", (face) => own.has(face));
      view.fill(frame, page.faces, stripes(frame, row.regions.map((region) => colourOf(page, region))), (face) => own.has(face));
      row.borders ||= view.bordersOf(page.faces, (face) => own.has(face));
      view.strokeArcs(frame, page.faces, row.borders, "#1D1B20", 1.4);
    }
  }

  const names = (page, row) => row.regions.flatMap((region, place) => [
    place ? " × " : "", swatch(colourOf(page, region)), " ", el("span", {}, label(region)),
  ]);

  function comboTable(page, rows, shown) {
    return table("overlap.areas", [
      { head: say("overlap.regions"), cell: (row) => {
        const box = el("input", { type: "checkbox", onchange: () => { if (box.checked) shown.add(row.set); else shown.delete(row.set); page.redraw(); } });
        box.checked = shown.has(row.set);
        return el("label.row", {}, box, el("span.row-text", {}, names(page, row)));
      } },
      { head: "km²", number: true, cell: (row) => el("button.link", { type: "button", onclick: () => filter.flyTo(page, row.largest) }, filter.km2(row.area)) },
    ], rows);
  }

  function verdict(page, row) {
    const winner = winnerOf(row);
    if (row.rule) {
      return [
        winner ? [swatch(winner.colour), " ", label(winner), " ", say(`overlap.mode_${row.rule.mode}`)] : say("overlap.mode_tie"),
        el("p.note", {}, both(...row.rule.note)),
        el("p.note", {}, say("overlap.row", { key: row.rule.key }), "：", row.rule.source, " ",
          row.rule.verified ? say("overlap.verified", { who: row.rule.verified }) : el("span.missing", {}, say("overlap.unverified"))),
      ];
    }
    return [say("overlap.silent"), row.silent ? el("p.note", {}, both(...row.silent.note)) : null];
  }

  function pairTable(page, every) {
    const rows = every.filter((row) => row.legal);
    if (!rows.length) return null;
    return table("overlap.guidance", [
      { head: say("overlap.pair"), cell: (row) => [el("div", {}, label(row.a)), el("div", {}, "× ", label(row.b)), el("small", {}, `${filter.km2(row.area)} km²`)] },
      { head: say("overlap.prevails"), cell: (row) => verdict(page, row) },
    ], rows);
  }

  /* Designations and surveys over each other, whatever they are. */
  function everyPair(rows) {
    if (!rows.length) return null;
    return el("details", {}, el("summary", {}, say("overlap.every")), table("overlap.every", [
      { head: say("overlap.pair"), cell: (row) => [swatch(row.a.colour), " ", label(row.a), " × ", swatch(row.b.colour), " ", label(row.b)] },
      { head: "km²", number: true, cell: (row) => filter.km2(row.area) },
    ], rows));
  }

  function present(page) {
    const used = new Set(page.data.claims.filter((claim) => claim.used).map((claim) => claim.key));
    return page.data.work.regions.filter((region) => region.claims.some((key) => used.has(key)));
  }

  function build(page) {
    const rows = combinations(page);
    const every = pairs(page);
    const there = present(page);
    const lacking = page.data.work.regions.filter((region) => !there.includes(region));
    const shown = new Set();
    page.overlaps = { rows, shown };
    page.painters.under.push((frame) => paint(frame, page, rows, shown));
    const missing = lacking.length ? el("p.note.missing", {}, say("overlap.lacking", {
      x: { ja: lacking.map((region) => region.ja).join("・"), en: lacking.map((region) => region.en).join(", ") },
    })) : null;
    if (!rows.length) {
      const none = ["overlap.no_regions", "overlap.one_region"][there.length] || "overlap.none";
      const only = there[0] || { ja: "", en: "" };
      return [el("p", {}, say(none, { x: only })), missing, everyPair(every)].filter(Boolean);
    }
    const total = rows.reduce((sum, row) => sum + row.area, 0);
    const all = (on) => () => {
      for (const row of rows) { if (on) shown.add(row.set); else shown.delete(row.set); }
      table_.replaceChildren(comboTable(page, rows, shown));
      page.redraw();
    };
    const table_ = el("div", {}, comboTable(page, rows, shown));
    return [
      el("p", {}, el("strong", {}, say("overlap.total", { km2: filter.km2(total) }))),
      el("div.all", {},
        el("button.small", { type: "button", "data-overlaps": "all", onclick: all(true) }, say("overlap.show")),
        el("button.small", { type: "button", onclick: all(false) }, say("overlap.hide"))),
      table_,
      el("p.note", {}, say("overlap.exactly")),
      pairTable(page, every),
      page.data.work.authority ? el("p.note", {}, say("overlap.authority"), "：", page.data.work.authority) : null,
      missing,
      everyPair(every),
    ].filter(Boolean);
  }

  return { build, combinations, pairs };
})();
