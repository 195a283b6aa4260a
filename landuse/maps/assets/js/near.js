/* What is near a spot: minutes to each service on foot, by bus and by car, summer and winter. */
Landuse.near = (() => {
  "use strict";

  const { facts, panel } = Landuse;
  const { el, grade, label, plain, say, sign, word } = panel;

  const MODES = ["walk", "transit", "drive"];
  const WINTER = ["winter_high", "winter_low"]; // quick, slow
  const SHARED = ["walk", "walk_elderly", "wheelchair"]; // one column: whoever walks or wheels

  const kindOf = (mode) => (SHARED.includes(mode) ? "walk" : mode);

  /* The cell of a spot; on the shore its centre may be at sea, so the nearest one then. */
  function cellOf(page, lon, lat) {
    const { cells } = page;
    const found = facts.cellAt(cells, lon, lat);
    if (found >= 0 || !cells) return found;
    const squeeze = Math.cos((lat * Math.PI) / 180);
    let best = { cell: -1, far: Infinity };
    cells.flat.forEach((_, cell) => {
      const [west, south, east, north] = facts.cellBox(cells, cell);
      const far = Math.hypot(((west + east) / 2 - lon) * squeeze, (south + north) / 2 - lat);
      if (far < best.far) best = { cell, far };
    });
    return best.cell;
  }

  /* The modes for which anything is known, as columns; walking, bus and car come first. */
  function columnsOf(page) {
    const all = Object.values(page.cells.times).flatMap((modes) => Object.keys(modes)).map(kindOf);
    const others = [...new Set(all)].filter((kind) => !MODES.includes(kind)).sort();
    return [...MODES, ...others].filter((kind) => all.includes(kind));
  }

  /* The mode of a service that stands in a column: its own where it fits. */
  function modeIn(page, service, column) {
    const own = page.cells.own[service.key];
    if (kindOf(own) === column) return own;
    return Object.keys(page.cells.times[service.key] || {}).find((mode) => kindOf(mode) === column);
  }

  function codeOf(page, service, mode, season, cell) {
    return mode === undefined ? null : facts.timesOf(page.cells, service.key, mode, season).then((all) => (all ? all[cell] : null));
  }

  /* -> { minutes } or { reason }; null where it was not computed. `minutes` is rounded up. */
  function read(page, code) {
    if (code === null) return null;
    const last = page.cells.last_minute;
    if (code <= last) return { minutes: code, more: code === last };
    return { reason: page.cells.reasons[code - last - 1] || "unknown" };
  }

  /* With `first`, only what the service is judged by: the rest is on its way. */
  async function timeIn(page, service, column, cell, { first }) {
    const mode = modeIn(page, service, column);
    const isOwn = mode !== undefined && mode === page.cells.own[service.key];
    if (first) {
      const usual = isOwn ? read(page, await codeOf(page, service, mode, "usual", cell)) : { waiting: true };
      return { column, mode, own: isOwn, usual, quick: null, slow: null };
    }
    const codes = await Promise.all(["usual", ...WINTER].map((season) => codeOf(page, service, mode, season, cell)));
    const [usual, quick, slow] = codes.map((code) => read(page, code));
    return { column, mode, own: isOwn, usual, quick, slow };
  }

  /* Everything known of one service at one cell. */
  async function one(page, service, cell, wanted) {
    if (!service.timed) return { service, times: [], facility: null, own: null, within: null };
    const times = await Promise.all(columnsOf(page).map((column) => timeIn(page, service, column, cell, wanted)));
    const to = await facts.nearestOf(page.cells, service.key);
    const found = times.find((time) => time.own);
    const own = found ? found.usual : null;
    const known = own !== null && own.minutes !== undefined;
    return {
      service, times, own,
      winter: found ? { quick: found.quick, slow: found.slow } : null,
      facility: known && to && to[cell] > 0 ? page.data.facilities[to[cell] - 1] : null,
      within: known ? own.minutes <= service.within : null,
    };
  }

  /* -> one record for each service, in the order of the page. */
  function all(page, cell, wanted = {}) {
    return Promise.all(page.data.services.map((service) => one(page, service, cell, wanted)));
  }

  /* ---- in words ---- */

  function minutes(time) { return say(time.more ? "place.minutes_far" : "place.minutes_value", { n: time.minutes }); }

  /* "冬 14–18分": from the quick to the slow side of what is known of winter. */
  function winter({ quick, slow }, key = "near.winter") {
    const ends = [quick, slow].filter((time) => time && time.minutes !== undefined);
    if (!ends.length) return null;
    const texts = [...new Set(ends.map((time) => `${time.minutes}${time.more ? "+" : ""}`))];
    const open = ends.length === 1 && quick && slow;
    return el("div.winter", {}, say(key, { band: texts.join("–") + (open ? "–" : "") }));
  }

  function timeCell(time) {
    const kind = time.own ? "td.time.own" : "td.time";
    if (time.usual && time.usual.waiting) return el(`${kind}.blank`, {}, "…");
    if (time.usual === null) return el(`${kind}.blank`, {}, say("brief.not_computed"));
    if (time.usual.minutes === undefined) return el(`${kind}.blank`, {}, say(`brief.${time.usual.reason}`));
    return el(kind, {}, el("div", {}, el(time.own ? "strong" : "span", {}, minutes(time.usual))), winter(time));
  }

  /* "✓ 基準内（徒歩15分）" */
  function verdict({ service, within }) {
    if (within === null) return null;
    const standard = say("near.standard", { mode: word(`mode_short.${service.mode}`), n: service.within });
    return el(`span.verdict.${within ? "near" : "far"}`, {},
      within ? "✓ " : "✕ ", say(within ? "place.within" : "place.beyond"), el("span.limit", {}, standard));
  }

  function facilityLink(page, facility) {
    if (!facility) return null;
    const name = facility.name || say("near.no_name");
    if (facility.lon === null) return el("span.nearest", {}, name);
    return el("button.link.nearest", { type: "button", onclick: () => page.showFacility(facility) }, name);
  }

  function row(page, record, columns) {
    const { service, own, times } = record;
    const head = el("th", { scope: "row" },
      el("span.service-name", {}, sign(service), el("span", {}, label(service))),
      facilityLink(page, record.facility), verdict(record));
    if (!service.timed) return el("tr.unknown", {}, head, el("td", { colspan: columns.length }, say("place.no_services")));
    const nothing = times.every(({ usual }) => usual === null || usual.minutes === undefined);
    if (nothing) {
      const reason = (own && own.reason) || "outside_data";
      return el("tr.unknown", {}, head, el("td", { colspan: columns.length }, say(`reason.${reason}`)));
    }
    return el("tr", {}, head, times.map(timeCell));
  }

  function table(page, records, kind) {
    const own = records.filter((record) => record.service.kind === kind);
    if (!own.length) return null;
    const columns = columnsOf(page);
    const grades = own.map((record) => record.service.grade);
    const worst = ["modelled", "derived", "official"].find((one_) => grades.includes(one_));
    return el("section", {},
      el("h3", {}, say(kind === "hub" ? "place.hubs" : "place.watch_over"), grade(worst)),
      el("table.near-by", { "aria-label": plain(kind === "hub" ? "place.hubs" : "place.watch_over") },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("near.head")),
          columns.map((column) => el("th.time", { scope: "col" }, say(`mode_short.${column}`))))),
        el("tbody", {}, own.map((record) => row(page, record, columns)))));
  }

  /* ---- where to flee to ---- */

  function refugeFacts(page, record, kind) {
    const name = say(`refuge.${kind}`);
    if (!record || !record.service.timed) return panel.fact(name, say("refuge.no_data"));
    const walk = record.times.find((time) => time.column === "walk");
    const known = walk && walk.usual && walk.usual.minutes !== undefined;
    if (!known) {
      const reason = (walk && walk.usual && walk.usual.reason) || (record.own && record.own.reason) || "unknown";
      return panel.fact(name, say(`reason.${reason}`));
    }
    return panel.fact(name, facilityLink(page, record.facility),
      el("div.walk", {}, el("strong", {}, minutes(walk.usual)), " ", say(`mode.${kindOf(record.service.mode) === "walk" ? record.service.mode : walk.mode}`), " ", winter(walk, "near.winter_minutes")),
      verdict(record));
  }

  function refuges(page, records) {
    const of = (kind) => records.find((record) => record.service.refuge === kind);
    return el("section.refuge", {},
      el("h3", {}, el("span", {}, say("refuge.title"))),
      el("dl", {}, refugeFacts(page, of("shelter"), "shelter"), refugeFacts(page, of("tsunami"), "tsunami")),
      el("p.warning", {}, el("strong", {}, say("refuge.no_order")), " ", say("refuge.no_zone")));
  }

  return { all, cellOf, columnsOf, facilityLink, kindOf, modeIn, refuges, table };
})();
