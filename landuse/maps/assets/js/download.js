/* Files of what is shown: GeoJSON (RFC 7946) and CSV that Excel in Japan opens. Staff only. */
Landuse.download = (() => {
  "use strict";

  const { facts, filter, panel } = Landuse;
  const { el, say, word } = panel;

  /* The starts by which a spreadsheet takes a text for a formula, as in sources/store.py. */
  const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

  function csvCell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
    const safe = FORMULA.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) || safe.startsWith("'") ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  /* Rows with a byte order mark, so that Excel takes it for UTF-8, and CRLF (RFC 4180). */
  function csv(columns, rows) {
    const lines = [columns, ...rows].map((row) => row.map(csvCell).join(","));
    return `\uFEFF${lines.join("\r\n")}\r\n`;
  }

  /* A blob and a link that is pressed: no navigation, so the page's policy lets it. */
  function save(name, type, text) {
    const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 30000);
  }

  const six = (degrees) => Math.round(degrees * 1e6) / 1e6;

  /* One ring in degrees, closed, wound to the right: shells anticlockwise, holes clockwise. */
  function ringOf(shape, references, isHole) {
    const points = [];
    for (const reference of references) {
      const arc = shape.arcs[reference < 0 ? ~reference : reference];
      const count = arc.length / 2;
      for (let k = 0; k < count; k += 1) {
        const i = 2 * (reference < 0 ? count - 1 - k : k);
        if (k || !points.length) points.push([six(filter.lonOf(arc[i])), six(filter.latOf(arc[i + 1]))]);
      }
    }
    const turn = points.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = points[(i + 1) % points.length];
      return sum + (nextX - x) * (nextY + y);
    }, 0);
    return (turn > 0) === isHole ? points : points.reverse();
  }

  /* A face that display has shrunk to nothing has no geometry, but stays in the list. */
  function geometryOf(page, face) {
    const rings = page.faces.features[face];
    if (!rings.length) return null;
    return { type: "Polygon", coordinates: rings.map((ring, place) => ringOf(page.faces, ring, place > 0)) };
  }

  function claimKeys(page, kind) {
    return page.data.claims.filter((_, bit) => filter.hasClaim(kind, bit)).map((claim) => claim.key);
  }

  function properties(page, face) {
    const kind = filter.kindOf(page, face);
    const zone = page.data.zones[kind.zone];
    const districts = filter.districtsOf(page, face).map((place) => page.data.districts[place - 1].ja);
    const asked = page.work.asked.district;
    return {
      zone: zone ? zone.key : "", zone_ja: zone ? zone.ja : "",
      rule: kind.rule, rule_ja: kind.rule_text[0], why_ja: kind.why[0], path: kind.path,
      claims: claimKeys(page, kind), winner: kind.winner, losers: kind.losers, runner_up: kind.runner_up,
      grade: kind.grade, area_km2: page.faces.area[face] / 1e6, districts,
      ...(asked === "" ? {} : { area_in_district_km2: filter.areaIn(page, face, Number(asked)) / 1e6 }),
    };
  }

  const inView = (page, face) => {
    const [west, north, east, south] = page.faces.boxes[face];
    return page.map.getBounds().intersects([[filter.latOf(south), filter.lonOf(west)], [filter.latOf(north), filter.lonOf(east)]]);
  };

  /* Faces as filtered, and of these those in view if asked. */
  function facesOf(page, onlyView) {
    const { found } = page.work;
    return [...page.faces.kind.keys()].filter((face) => (!found || found.faces.has(face)) && (!onlyView || inView(page, face)));
  }

  function geojson(page, onlyView) {
    const { work } = page.data;
    const features = facesOf(page, onlyView).map((face) => ({
      type: "Feature", id: face, properties: properties(page, face), geometry: geometryOf(page, face),
    }));
    return JSON.stringify({
      type: "FeatureCollection",
      about: {
        city: work.label[0], vintage: work.vintage, made_on: work.made_on, filter: page.work.asked, only_view: onlyView,
        tolerance_m: work.bends_m,
        note: word("download.note", { n: work.bends_m }).ja, note_en: word("download.note", { n: work.bends_m }).en,
        not_proof: word("page.not_proof").ja,
        datum: "JGD2011 (EPSG:6668), taken for WGS 84; the two differ by less than the tolerance",
        sources: page.data.sources.map((one) => ({ source: one.source, vintage: one.vintage, grade: one.grade, licence: one.licence })),
      },
      features,
    });
  }

  function facesCsv(page, onlyView) {
    const rows = facesOf(page, onlyView).map((face) => [face, properties(page, face)]);
    const columns = ["face", ...Object.keys(rows.length ? rows[0][1] : {})];
    const flat = (value) => (Array.isArray(value) ? value.join(";") : value);
    return csv(columns, rows.map(([face, row]) => [face, ...Object.values(row).map(flat)]));
  }

  function cellsOf(page, onlyView) {
    const { cells } = page;
    const district = Number(page.work.asked.district);
    const bounds = page.map.getBounds();
    return [...cells.flat.keys()].filter((cell) => {
      if (district && cells.district[cell] !== district) return false;
      if (!onlyView) return true;
      const [west, south, east, north] = facts.cellBox(cells, cell);
      return bounds.intersects([[south, west], [north, east]]);
    });
  }

  async function timeColumns(page) {
    const timed = page.data.services.filter((service) => service.timed);
    const codes = await Promise.all(timed.map((service) => facts.timesOf(page.cells, service.key)));
    return timed.map((service, i) => [service, codes[i]]).filter(([, code]) => code);
  }

  /* Cells with people and minutes; a blank has its reason in the column beside it. */
  async function cellsCsv(page, onlyView) {
    const { cells } = page;
    const times = await timeColumns(page);
    const columns = ["cell_id", "lon", "lat", "town", "district", "population", "population_65plus",
      ...times.flatMap(([service]) => [`${service.key}_min`, `${service.key}_reason`])];
    const people = (tenths) => (tenths < 0 ? null : tenths / 10);
    const rows = cellsOf(page, onlyView).map((cell) => {
      const [west, south, east, north] = facts.cellBox(cells, cell);
      const district = page.data.districts[cells.district[cell] - 1];
      return [facts.cellCode(cells, cell), six((west + east) / 2), six((south + north) / 2),
        cells.towns[cells.town[cell] - 1] || "", district ? district.ja : "", people(cells.people[cell]), people(cells.elderly[cell]),
        ...times.flatMap(([, codes]) => minuteCells(page, codes[cell]))];
    });
    return csv(columns, rows);
  }

  function minuteCells(page, code) {
    const last = page.cells.last_minute;
    if (code < last) return [code, ""];
    if (code === last) return [null, `${last}_or_more`];
    return [null, page.cells.reasons[code - last - 1] || "outside_data"];
  }

  function build(page) {
    const only = panel.check(say("download.only_view"), { checked: false, onchange: () => count() });
    const told = el("p.note", { role: "status" });
    const count = () => told.replaceChildren(...say("download.count", { n: panel.whole.format(facesOf(page, only.box.checked).length) }));
    const name = (kind) => `${page.data.work.city}-${page.data.work.made_on || "map"}-${kind}`;
    const button = (kind, act) => el("button.tool", { type: "button", "data-download": kind, onclick: act }, say(`download.${kind}`));
    document.addEventListener("lu-filter", count);
    page.map.on("moveend", count);
    count();
    return [
      el("p.note", {}, say("download.hint")),
      only.row, told,
      el("div.tools", {},
        button("geojson", () => save(name("faces.geojson"), "application/geo+json", geojson(page, only.box.checked))),
        button("faces", () => save(name("faces.csv"), "text/csv;charset=utf-8", facesCsv(page, only.box.checked))),
        page.cells ? button("cells", async () => save(name("cells.csv"), "text/csv;charset=utf-8", await cellsCsv(page, only.box.checked))) : null),
      el("p.note", {}, say("download.note", { n: page.data.work.bends_m })),
    ];
  }

  return { build, csv, save };
})();
