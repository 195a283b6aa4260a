/* Which faces are asked for: by zone, rule, grade, claim and district; the others go pale. */
Landuse.filter = (() => {
  "use strict";

  const { codec, panel, view } = Landuse;
  const { choice, el, grade, label, named, plain, say, swatch, table, whole } = panel;
  const GRADES = ["official", "derived", "modelled"];
  const SHOWN = 25;
  const NOTHING = { zone: "", rule: "", grade: "", claim: "", district: "" };

  async function start(page) {
    const { districts } = page.data.work;
    const shares = new Map();
    for (const [face, district, area] of districts.shares) {
      if (!shares.has(face)) shares.set(face, new Map());
      shares.get(face).set(district, area);
    }
    page.work = { of: await codec.ints(districts.of), shares, asked: { ...NOTHING }, found: null };
  }

  /* Square metres of a face, or of its part in a district (counted from 1). */
  function areaIn(page, face, district) {
    if (!district) return page.faces.area[face];
    if (page.work.of[face]) return page.work.of[face] === district ? page.faces.area[face] : 0;
    return (page.work.shares.get(face) || new Map()).get(district) || 0;
  }

  /* Places of the districts that a face lies in. */
  function districtsOf(page, face) {
    if (page.work.of[face]) return [page.work.of[face]];
    return [...(page.work.shares.get(face) || new Map()).keys()];
  }

  const kindOf = (page, face) => page.faces.kinds[page.faces.kind[face]];
  const hasClaim = (kind, bit) => Math.floor(kind.mask / 2 ** bit) % 2 === 1;

  function matches(page, face, asked) {
    const kind = kindOf(page, face);
    return (asked.zone === "" || kind.zone === Number(asked.zone))
      && (asked.rule === "" || kind.rule === asked.rule)
      && (asked.grade === "" || kind.grade === asked.grade)
      && (asked.claim === "" || hasClaim(kind, Number(asked.claim)))
      && (asked.district === "" || areaIn(page, face, Number(asked.district)) > 0);
  }

  const isOn = (asked) => Object.values(asked).some((value) => value !== "");

  /* -> { faces: Set, area (m²), kinds: [{ kind, faces, area, largest }] from the largest } */
  function find(page, asked) {
    const found = { faces: new Set(), area: 0, kinds: new Map() };
    const district = Number(asked.district);
    for (let face = 0; face < page.faces.kind.length; face += 1) {
      if (!matches(page, face, asked)) continue;
      const area = areaIn(page, face, district);
      const key = page.faces.kind[face];
      const row = found.kinds.get(key) || { kind: page.faces.kinds[key], faces: 0, area: 0, largest: face, most: -1 };
      row.faces += 1;
      row.area += area;
      if (area > row.most) { row.most = area; row.largest = face; }
      found.kinds.set(key, row);
      found.faces.add(face);
      found.area += area;
    }
    found.kinds = [...found.kinds.values()].sort((a, b) => b.area - a.area);
    return found;
  }

  function paint(frame, page) {
    const { found, asked } = page.work;
    if (!found) { Landuse.paint.zones(frame, page); return; }
    const { ctx } = frame;
    const { strength } = page.state;
    page.state.strength = 0.13 * strength;
    Landuse.paint.zones(frame, page);
    page.state.strength = strength;
    ctx.save();
    if (asked.district !== "") clipTo(frame, page, Number(asked.district) - 1);
    ctx.globalAlpha = strength;
    page.data.zones.forEach((zone, i) => {
      view.fill(frame, page.faces, zone.colour, (face) => found.faces.has(face) && page.zoneOf(face) === i);
    });
    ctx.globalAlpha = 1;
    view.strokeArcs(frame, page.faces, found.borders, "#1D1B20", frame.zoom < 11 ? 1 : 1.6);
    ctx.restore();
  }

  /* Over people or minutes the faces that fit are outlined. */
  function outline(frame, page) {
    const { found, asked } = page.work;
    if (!found || page.state.paint === "zones") return;
    frame.ctx.save();
    if (asked.district !== "") clipTo(frame, page, Number(asked.district) - 1);
    view.strokeArcs(frame, page.faces, found.borders, "#FFFFFF", 4);
    view.strokeArcs(frame, page.faces, found.borders, "#1D1B20", 2);
    frame.ctx.restore();
  }

  function clipTo(frame, page, district) {
    view.fill(frame, page.shapes.districts, "rgba(0,0,0,0)", (i) => i === district);
    frame.ctx.clip("evenodd");
  }

  function apply(page) {
    const { work } = page;
    work.found = isOn(work.asked) ? find(page, work.asked) : null;
    if (work.found) work.found.borders = view.bordersOf(page.faces, (face) => work.found.faces.has(face));
    page.redraw();
    document.dispatchEvent(new CustomEvent("lu-filter"));
  }

  function reset(page) {
    page.work.asked = { ...NOTHING };
    apply(page);
  }

  /* ---- the panel ---- */

  const km2 = (area) => (area / 1e6).toLocaleString("ja-JP", { minimumFractionDigits: 2, maximumFractionDigits: area < 1e6 ? 4 : 2 });

  function options(page) {
    const { claims, districts, zones } = page.data;
    const { kinds } = page.faces;
    const rules = new Map(kinds.map((kind) => [kind.rule, kind]));
    const any = ["", plain("work.any")];
    return {
      zone: [any, ...zones.map((zone, i) => [String(i), named(zone)])],
      rule: [any, ...[...rules.values()].map((kind) => [kind.rule, named({ ja: `${kind.rule_text[0]}（${kind.rule}）`, en: kind.rule_text[1] })])],
      claim: [any, ...claims.map((claim, bit) => [String(bit), named(claim)]).filter(([bit]) => claims[bit].used)],
      grade: [any, ...GRADES.filter((key) => kinds.some((kind) => kind.grade === key)).map((key) => [key, plain(`grade.${key}`)])],
      district: [any, ...districts.map((district, i) => [String(i + 1), named(district)])],
    };
  }


  const lonOf = (x) => (x / 256) * 360 - 180;
  const latOf = (y) => (Math.atan(Math.sinh(Math.PI * (1 - y / 128))) * 180) / Math.PI;

  function flyToBox(page, [west, north, east, south]) {
    const bounds = [[latOf(south), lonOf(west)], [latOf(north), lonOf(east)]];
    page.map.fitBounds(bounds, { padding: [40, 40], maxZoom: 15, animate: false });
  }

  function flyTo(page, face) {
    if (page.faces.features[face].length) flyToBox(page, page.faces.boxes[face]);
  }

  function kindTable(page, found) {
    const rows = found.kinds.slice(0, SHOWN);
    return [
      table("work.kinds", [
        { head: say("table.zone"), cell: ({ kind }) => zoneName(page, kind) },
        { head: say("work.rule"), cell: (row) => el("button.link", { type: "button", onclick: () => flyTo(page, row.largest) }, panel.both(...row.kind.rule_text)) },
        { head: say("work.grade"), cell: ({ kind }) => grade(kind.grade) },
        { head: "km²", number: true, cell: (row) => [km2(row.area), el("br"), el("small", {}, say("work.pieces", { n: whole.format(row.faces) }))] },
      ], rows, "kinds"),
      found.kinds.length > SHOWN ? el("p.note", {}, say("work.more_kinds", { n: found.kinds.length - SHOWN })) : null,
    ];
  }

  function zoneName(page, kind) {
    const zone = page.data.zones[kind.zone];
    return zone ? [swatch(zone.colour), " ", label(zone)] : "—";
  }

  function summary(page) {
    const { found, asked } = page.work;
    const shown = found || find(page, asked);
    const total = page.faces.area.reduce((sum, area) => sum + area, 0);
    const share = total ? shown.area / total : 0;
    return [
      el("p.filter-sum", {},
        el("strong", {}, say("work.found", { n: whole.format(shown.faces.size), km2: km2(shown.area) })), " ",
        say("work.share", { p: panel.percent(share) })),
      asked.district === "" ? null : el("p.note", {}, say("work.district_note")),
      shown.faces.size ? kindTable(page, shown) : el("p.missing", {}, say("work.nothing")),
    ].flat().filter(Boolean);
  }

  function build(page) {
    const given = options(page);
    const selects = {};
    const rows = Object.keys(NOTHING).filter((key) => given[key].length > 1).map((key) => {
      const name = plain(`work.by_${key}`);
      selects[key] = choice(name, given[key], "", (value) => { page.work.asked[key] = value; apply(page); });
      return el("div.field", {}, el("span.field-name", { "aria-hidden": "true" }, say(`work.by_${key}`)), selects[key]);
    });
    const result = el("div.filter-result", { role: "status" });
    const clear = el("button.small", { type: "button", onclick: () => reset(page) }, say("work.reset"));
    const renew = () => {
      for (const [key, select] of Object.entries(selects)) select.value = page.work.asked[key];
      clear.disabled = !page.work.found;
      result.replaceChildren(...summary(page));
    };
    document.addEventListener("lu-filter", renew);
    renew();
    return [el("p.note", {}, say("work.filter_hint")), ...rows, el("div.all", {}, clear), result];
  }

  /* Stands on the map while faces are filtered, so that nobody takes the rest for missing. */
  function chip(page) {
    const text = el("span");
    const box = el("div.lu-chip", { hidden: true }, text,
      el("button.small", { type: "button", onclick: () => reset(page) }, say("work.reset")));
    const Chip = L.Control.extend({ onAdd() { L.DomEvent.disableClickPropagation(box); return box; } });
    new Chip({ position: "topleft" }).addTo(page.map);
    document.addEventListener("lu-filter", () => {
      const { found } = page.work;
      box.hidden = !found;
      if (found) text.replaceChildren(...say("work.chip", { n: whole.format(found.faces.size), km2: km2(found.area) }));
    });
  }

  return { apply, areaIn, build, chip, districtsOf, find, flyTo, flyToBox, hasClaim, kindOf, km2, latOf, lonOf, outline, paint, reset, start };
})();
