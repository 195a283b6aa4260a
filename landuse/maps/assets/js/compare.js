/* Two runs of one city: the maps side by side or under a slider, and what has changed. */
Landuse.compare = (() => {
  "use strict";

  const { codec, facts, filter, paint, panel, view } = Landuse;
  const { both, choice, el, fact, grade, label, percent, plain, say, swatch, table, whole, word } = panel;
  const STEP = 25;

  async function read(page) {
    const { compare } = page.data;
    const [faces, shapes] = await Promise.all([facts.readFaces(compare.before), codec.topology(compare.changes.shape)]);
    const zoneOf = (face) => faces.kinds[faces.kind[face]].zone;
    // What the page before does not have of its own it takes from the page after.
    const before = Object.create(page, {
      faces: { value: faces }, zoneOf: { value: zoneOf }, borders: { value: view.bordersOf(faces, zoneOf) },
      claimBorders: { value: new Map(), writable: true }, surface: { value: null, writable: true }, targets: { value: [], writable: true },
      chosen: { get: () => page.chosen && { ...page.chosen, face: -1 } },
      painters: { value: Object.fromEntries(Object.entries(page.painters).map(([where, painters]) => [where, Array.isArray(painters) ? [] : null])) },
    });
    return { before, shapes, rows: compare.changes.rows, mode: "", at: 0.5, shown: STEP, only: "zone", picked: -1 };
  }

  /* ---- the maps ---- */

  function paintChanges(frame, page) {
    const { shapes, rows, only, picked } = page.comparing;
    const wanted = (i) => only === "all" || rows[i].changed === "zone";
    view.stroke(frame, shapes, "#FFFFFF", 4, { wanted });
    view.stroke(frame, shapes, "#C81E1E", 2, { wanted });
    if (picked >= 0) view.stroke(frame, shapes, "#FFD400", 4, { wanted: (i) => i === picked });
  }

  /* The zones of the run before on the left of the slider. */
  function paintSwipe(frame, page) {
    const { comparing, map } = page;
    if (comparing.mode !== "swipe") return;
    const edge = map.containerPointToLayerPoint([map.getSize().x * comparing.at, 0]).x + map.getPixelOrigin().x - frame.left;
    const { ctx } = frame;
    ctx.save();
    ctx.beginPath();
    ctx.rect(0, 0, edge, frame.height);
    ctx.clip();
    view.fill(frame, page.shapes.boundary, page.data.palette.ground.city);
    paint.zones(frame, comparing.before);
    ctx.restore();
  }

  /* A second map that moves with the first. */
  function secondMap(page) {
    const { before } = page.comparing;
    const node = el("div.lu-before", { role: "region", "aria-label": plain("compare.map_before") },
      el("div.lu-side-tag.tag-before", {}, say("compare.before"), el("small", {}, madeOn(page, "before"))));
    page.map.getContainer().after(node);
    const map = L.map(node, { zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.75, wheelPxPerZoomLevel: 90, keyboard: false, maxZoom: 17 });
    if (page.map.options.maxBounds) map.setMaxBounds(page.map.options.maxBounds);
    map.setView(page.map.getCenter(), page.map.getZoom(), { animate: false });
    const canvas = new view.Canvas().setPainter((frame) => paint.all(frame, before));
    canvas.addTo(map);
    Object.defineProperty(before, "map", { value: map });
    follow(page.map, map);
    follow(map, page.map);
    map.on("click", (event) => page.map.fire("click", { latlng: event.latlng, containerPoint: page.map.latLngToContainerPoint(event.latlng) }));
    new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(node);
    return { map, redraw: () => canvas.redraw() };
  }

  function follow(leader, follower) {
    leader.on("move", () => {
      if (leader.following) return;
      follower.following = true;
      follower.setView(leader.getCenter(), leader.getZoom(), { animate: false });
      follower.following = false;
    });
  }

  function setMode(page, mode) {
    const { comparing } = page;
    comparing.mode = mode;
    document.body.classList.toggle("lu-side", mode === "side");
    document.body.classList.toggle("lu-swipe", mode === "swipe");
    if (mode === "side") comparing.second ||= secondMap(page);
    page.map.invalidateSize({ pan: false });
    if (comparing.second && mode === "side") {
      comparing.second.map.invalidateSize({ pan: false });
      comparing.second.map.setView(page.map.getCenter(), page.map.getZoom(), { animate: false });
    }
    placeBar(page);
    page.redraw();
  }

  /* Redrawing one map redraws the other. */
  function redrawTogether(page) {
    const own = page.redraw;
    page.redraw = () => {
      own();
      const { second, mode } = page.comparing;
      if (second && mode === "side") second.redraw();
    };
  }

  function placeBar(page) {
    const { comparing } = page;
    comparing.bar.style.left = `${comparing.at * 100}%`;
    comparing.slider.value = String(Math.round(comparing.at * 100));
  }

  function bar(page) {
    const { comparing } = page;
    comparing.bar = el("div.lu-swipe-bar", { "aria-hidden": "true" });
    comparing.slider = el("input.lu-swipe-range", {
      type: "range", min: "0", max: "100", step: "1", "aria-label": plain("compare.slider"),
      oninput: () => { comparing.at = comparing.slider.value / 100; placeBar(page); page.redraw(); },
    });
    const tags = ["before", "after"].map((side) => el(`div.lu-side-tag.tag-${side}`, {}, say(`compare.${side}`), el("small", {}, madeOn(page, side))));
    const box = el("div.lu-swipe-box", {}, comparing.bar, comparing.slider, tags);
    for (const name of ["pointerdown", "mousedown", "touchstart", "click", "dblclick", "wheel"]) comparing.slider.addEventListener(name, (event) => event.stopPropagation());
    page.map.getContainer().append(box);
    page.map.on("move", () => { if (comparing.mode === "swipe") page.redraw(); });
  }

  function madeOn(page, side) {
    const made = page.data.compare.made[side === "before" ? 0 : 1];
    return made ? made.slice(0, 16).replace("T", " ") : "";
  }

  /* ---- the panel ---- */

  function zoneName(page, key) {
    const zone = page.data.zones.find((one) => one.key === key);
    return zone ? [swatch(zone.colour), " ", label(zone)] : say("compare.outside");
  }

  function pick(page, place) {
    const { comparing } = page;
    const row = comparing.rows[place];
    comparing.picked = place;
    if (comparing.shapes.features[place].length) filter.flyToBox(page, comparing.shapes.boxes[place]);
    return page.goTo(row.at[0], row.at[1], page.map.getZoom());
  }

  function changeList(page, place) {
    const { comparing } = page;
    const found = [...comparing.rows.keys()].filter((i) => comparing.only === "all" || comparing.rows[i].changed === "zone");
    const more = found.length > comparing.shown ? el("button.small", { type: "button", onclick: () => { comparing.shown += STEP; changeList(page, place); } }, say("compare.more", { n: found.length - comparing.shown })) : null;
    place.replaceChildren(...[
      el("p", { role: "status" }, el("strong", {}, say("compare.count", { n: whole.format(found.length), km2: filter.km2(found.reduce((sum, i) => sum + comparing.rows[i].area_m2, 0)) }))),
      found.length ? table("compare.list", [
        { head: say("compare.land"), cell: (i) => el("button.link", { type: "button", "data-change": String(i), onclick: () => pick(page, i) }, `${found.indexOf(i) + 1}`) },
        { head: say("compare.from_to"), cell: (i) => changeCell(page, comparing.rows[i]) },
        { head: "km²", number: true, cell: (i) => filter.km2(comparing.rows[i].area_m2) },
      ], found.slice(0, comparing.shown), "changes") : el("p", {}, say("compare.nothing")),
      more,
    ].filter(Boolean));
  }

  function changeCell(page, row) {
    return [
      el("div", {}, zoneName(page, row.from_zone)), el("div", {}, "→ ", zoneName(page, row.to_zone)),
      el("small", {}, [...new Set([row.from_rule || "—", row.to_rule || "—"])].flatMap((rule, place) => [place ? " → " : "", el("code", {}, rule)])),
    ];
  }

  function matrix(page) {
    const { areas } = page.data.compare;
    const keys = [...page.data.zones.map((zone) => zone.key), ""].filter((key) => areas.some((row) => row.from_zone === key || row.to_zone === key));
    const find = (from, to) => areas.find((row) => row.from_zone === from && row.to_zone === to);
    return table("compare.matrix", [
      { head: say("compare.matrix_corner"), cell: (from) => zoneName(page, from) },
      ...keys.map((to) => ({ head: zoneName(page, to), number: true, cell: (from) => {
        const row = find(from, to);
        if (!row) return "—";
        const text = filter.km2(row.area_km2 * 1e6);
        return from === to ? text : el("strong.changed", {}, text);
      } })),
    ], keys);
  }

  const people = (value) => (value === null ? say("table.no_data") : whole.format(value));

  function peopleTable(page) {
    const rows = page.data.compare.people.filter((row) => row.from_zone !== row.to_zone);
    if (!rows.length) return el("p", {}, say("compare.people_none"));
    return table("compare.people", [
      { head: say("compare.from_to"), cell: (row) => [zoneName(page, row.from_zone), " → ", zoneName(page, row.to_zone)] },
      { head: say("compare.people_before"), number: true, cell: (row) => people(row.population_before) },
      { head: say("compare.people_after"), number: true, cell: (row) => people(row.population_after) },
      { head: say("compare.elderly_after"), number: true, cell: (row) => people(row.population_65plus_after) },
    ], rows);
  }

  const serviceName = (page, key) => {
    const service = page.data.services.find((one) => one.key === key);
    return service ? label(service) : key;
  };

  function coverageTable(page) {
    const rows = page.data.compare.coverage.filter((row) => row.mode !== "straight" && row.group === "all");
    if (!rows.length) return null;
    const share = (value) => (value === null ? say("table.no_data") : percent(value));
    const points = (value) => (value === null ? "—" : `${value > 0 ? "＋" : value < 0 ? "−" : "±"}${(Math.abs(value) * 100).toFixed(1)}`);
    return table("compare.coverage", [
      { head: say("table.service"), cell: (row) => serviceName(page, row.service) },
      { head: say("compare.before"), number: true, cell: (row) => share(row.share_before) },
      { head: say("compare.after"), number: true, cell: (row) => share(row.share_after) },
      { head: say("compare.points"), number: true, cell: (row) => points(row.difference) },
    ], rows);
  }

  function timesTable(page) {
    const rows = page.data.compare.times.filter((row) => row.mean_before_min !== null);
    if (!rows.length) return null;
    const mean = (value) => word("place.minutes_value", { n: value.toFixed(1) }).ja;
    return table("compare.times", [
      { head: say("table.service"), cell: (row) => serviceName(page, row.service) },
      { head: say("compare.mean"), number: true, cell: (row) => `${mean(row.mean_before_min)} → ${mean(row.mean_after_min)}` },
      { head: say("compare.shorter"), number: true, cell: (row) => whole.format(row.shorter) },
      { head: say("compare.longer"), number: true, cell: (row) => whole.format(row.longer) },
      { head: say("compare.lost"), number: true, cell: (row) => whole.format(row.lost) },
    ], rows);
  }

  /* ---- one place in both runs ---- */

  function record(page, side, faces, face) {
    const kind = face >= 0 ? faces.kinds[faces.kind[face]] : null;
    const head = el("h4", {}, say(`compare.${side}`), " ", el("small", {}, madeOn(page, side)));
    if (!kind) return el("div.record", {}, head, el("p", {}, say("compare.outside")));
    const zone = page.data.zones[kind.zone];
    return el("div.record", {}, head, el("dl", {},
      fact(say("place.zone"), zoneName(page, zone ? zone.key : ""), " ", grade(kind.grade)),
      fact(say("face.rule"), el("code", {}, kind.rule), " ", both(...kind.rule_text)),
      fact(say("place.claims"), page.data.claims.filter((_, bit) => filter.hasClaim(kind, bit)).map((claim) => claim.ja).join("・") || say("place.no_claims"))));
  }

  function tellBoth(page, chosen) {
    const { comparing } = page;
    const old = facts.faceAt(comparing.before.faces, chosen.lon, chosen.lat);
    const kind = (faces, face) => (face >= 0 ? faces.kinds[faces.kind[face]] : null);
    const [one, two] = [kind(comparing.before.faces, old), kind(page.faces, chosen.face)];
    const same = one && two && one.zone === two.zone && one.rule === two.rule;
    return [el("section.both-records", {},
      el("h3", {}, say(same ? "compare.same" : "compare.differs")),
      el("div.records", {}, record(page, "before", comparing.before.faces, old), record(page, "after", page.faces, chosen.face)))];
  }

  async function build(page) {
    page.comparing = await read(page);
    const { comparing } = page;
    bar(page);
    redrawTogether(page);
    const zones = page.painters.zones;
    page.painters.zones = (frame) => { zones(frame, page); paintSwipe(frame, page); };
    for (const each of [page, comparing.before]) each.painters.under.push((frame) => paintChanges(frame, page));
    page.answers.push((asked) => tellBoth(page, asked));
    const list = el("div");
    changeList(page, list);
    const phone = window.matchMedia("(max-width: 720px)").matches;
    setMode(page, phone ? "swipe" : "side");
    const [west, south, east, north] = page.data.box;
    page.map.setMinZoom(1).fitBounds([[south, west], [north, east]], { padding: [8, 8], animate: false });
    const modes = ["side", "swipe", "after_only"].map((mode) => {
      const radio = el("input", { type: "radio", name: "lu-compare", value: mode, onchange: () => setMode(page, mode) });
      radio.checked = mode === comparing.mode;
      return el("label.row", {}, radio, el("span.row-text", {}, say(`compare.mode_${mode}`)));
    });
    return [
      el("p.note", {}, say("compare.runs", { a: page.data.compare.names[0], b: page.data.compare.names[1] })),
      el("fieldset.rows", {}, el("legend", {}, say("compare.how")), modes),
      choice(plain("compare.which"), [["zone", plain("compare.only_zone")], ["all", plain("compare.all")]], "zone", (value) => {
        Object.assign(comparing, { only: value, shown: STEP, picked: -1 });
        changeList(page, list);
        page.redraw();
      }),
      list, matrix(page), peopleTable(page), coverageTable(page), timesTable(page),
      el("p.note", {}, say("compare.exact")),
    ].filter(Boolean);
  }

  return { build };
})();
