/* The sheet for printing: what the map shows at a true scale, the place asked about, the sources. */
Landuse.sheet = (() => {
  "use strict";

  const { controls, facts, panel, plot } = Landuse;
  const { both, el, label, plain, say, sign, swatch } = panel;
  const id = (name) => document.getElementById(name);

  /* The map's size in millimetres; a sheet of A4 with margins of 10 mm holds 190 by 277. */
  const PAPERS = {
    portrait: { wideMm: 190, highMm: 142, pageMm: 273 },
    landscape: { wideMm: 187, highMm: 144, pageMm: 186 },
  };

  const grouped = new Intl.NumberFormat("ja-JP");

  /* What the screen shows; where that is the whole city and more, the city. */
  function boundsOf(page) {
    const bounds = page.map.getBounds();
    const [west, south, east, north] = page.data.box;
    if (bounds.contains([[south, west], [north, east]])) return { west, south, east, north };
    return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  }

  /* Where the sheet looks: at what the screen shows, or at the place asked about if that is elsewhere. */
  function viewOf(page, { paper, scale, lowerMm = 0, narrowerMm = 0 }) {
    const wideMm = PAPERS[paper].wideMm - narrowerMm;
    const highMm = PAPERS[paper].highMm - lowerMm;
    const bounds = boundsOf(page);
    const { chosen } = page;
    const away = chosen && !page.map.getBounds().contains([chosen.lat, chosen.lon]);
    const middle = { lon: (bounds.west + bounds.east) / 2, lat: (bounds.south + bounds.north) / 2 };
    const { lon, lat } = away || (chosen && scale) ? chosen : middle;
    return { lon, lat, wideMm, highMm, denominator: scale || plot.fitting(bounds, wideMm, highMm) };
  }

  function dateText(day) {
    const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
    return both(`${year}年${month}月${date}日`, `${year}-${String(month).padStart(2, "0")}-${String(date).padStart(2, "0")}`);
  }

  /* What stands in the page already, as text that needs no hands: no ids, no buttons. */
  function copyOf(nodes) {
    return [...nodes].filter((node) => !node.matches?.("details:not([open])")).map((node) => {
      const copy = node.cloneNode(true);
      if (!copy.querySelectorAll) return copy;
      const all = [copy, ...copy.querySelectorAll("*")];
      for (const one of all) for (const name of ["id", "hidden", "aria-live", "tabindex", "role"]) one.removeAttribute?.(name);
      for (const one of copy.querySelectorAll("input, select, textarea")) one.remove();
      // What a reader has left folded is not wanted on paper either.
      for (const one of copy.querySelectorAll("details:not([open])")) one.remove();
      for (const one of copy.querySelectorAll("button")) {
        const keep = one.classList.contains("link");
        if (keep) one.replaceWith(...one.childNodes); else one.remove();
      }
      return copy;
    });
  }

  function head(page) {
    const times = document.querySelector(".lu-top .times");
    return el("header.sheet-head", {},
      el("div", {},
        el("h1", {}, say(page.staff ? "page.title_staff" : "page.title")),
        el("p", {}, times ? copyOf(times.children) : null, el("span", {}, say("sheet.printed"), " ", dateText(new Date())))),
      el("p.sheet-proof", {}, el("strong", {}, say("page.not_proof")), el("span", {}, say("sheet.proof_more"))));
  }

  function strip({ denominator, lat }) {
    return el("div.sheet-strip", {},
      plot.bar(denominator),
      el("p.sheet-scale", { "data-denominator": Math.round(denominator) },
        el("strong", {}, say("sheet.scale"), ` 1:${grouped.format(Math.round(denominator))}`),
        el("span", {}, say("sheet.scale_note", { lat: lat.toFixed(2) }))),
      plot.north());
  }

  function zoneRows(page) {
    return page.data.zones.filter((_, place) => page.state.zones.has(place))
      .map((zone) => el("li", {}, swatch(zone.colour, zone), el("span", {}, label(zone))));
  }

  function legend(page) {
    const { data, state } = page;
    const services = data.services.filter((service, place) => state.services.has(place) && data.facilities.some((facility) => facility.lon !== null && facility.services.includes(place)));
    const claims = data.claims.filter((_, bit) => state.claims.has(bit));
    const row = (before, one) => el("li", {}, before, el("span", {}, label(one)));
    const lines = ["roads", "railways", "stations", "gateways", "districts"].filter((key) => state.ground.has(key));
    return el("section.sheet-legend", {},
      state.paint === "zones"
        ? [el("h2", {}, say("legend.zones")), el("ul.key", {}, zoneRows(page))]
        : copyOf(controls.floating(page)),
      Landuse.own.keys(page),
      claims.length ? el("ul.key", {}, claims.map((claim) => row(swatch(claim.colour), claim))) : null,
      services.length ? el("ul.key.sheet-signs", {}, services.map((service) => row(sign(service), service))) : null,
      lines.length ? el("ul.key.sheet-signs", {}, lines.map((key) => el("li", {}, el(`span.line.line-${key}`, { "aria-hidden": "true" }), el("span", {}, say(`legend.${key}`))))) : null);
  }

  /* Minutes to the services that watch over people, kept with the answer: a print waits for nothing. */
  async function minutesOf(page, asked) {
    const { cells, data } = page;
    if (asked.cell < 0 || !cells) return [];
    const services = data.services.filter((service) => service.kind === "watch_over" && service.timed);
    const codes = await Promise.all(services.map((service) => facts.timesOf(cells, service.key)));
    return services.flatMap((service, i) => (codes[i] ? [{ service, code: codes[i][asked.cell] }] : []));
  }

  function minutesRow(page, { service, code }) {
    const key = code === page.cells.last_minute ? "place.minutes_far" : "place.minutes_value";
    return el("li", {}, sign(service), el("span", {}, label(service), " ", panel.brief(`mode_short.${service.mode}`), " ",
      el("strong", {}, panel.brief(key, { n: code })), " ", code <= service.within ? "✓" : "✕"));
  }

  /* Services without minutes in one line for each reason: on paper there is little room. */
  function reasonRows(page, lacking) {
    const reasonOf = ({ code }) => page.cells.reasons[code - page.cells.last_minute - 1] || "outside_data";
    return [...new Set(lacking.map(reasonOf))].map((reason) => el("p.sheet-reason", {}, say(`reason.${reason}`), "：",
      lacking.filter((one) => reasonOf(one) === reason).map((one, i) => [i ? "、" : "", label(one.service)])));
  }

  function minutesList(page, minutes = []) {
    const known = minutes.filter(({ code }) => code <= page.cells.last_minute);
    return [
      known.length ? el("ul.key.sheet-minutes", {}, known.map((one) => minutesRow(page, one))) : null,
      reasonRows(page, minutes.filter((one) => !known.includes(one))),
    ];
  }

  /* In one look, beside the map: which place was asked about, its zone and why. */
  function asked(page) {
    const { chosen, data, faces } = page;
    if (!chosen) return null;
    const kind = chosen.face >= 0 ? faces.kinds[faces.kind[chosen.face]] : null;
    const zone = kind && data.zones[kind.zone];
    const heading = id("lu-tab-place").querySelector("h2");
    return el("section.sheet-asked", {},
      el("p.sheet-where", {}, el("strong", {}, heading ? copyOf(heading.childNodes) : say("sheet.place")), el("span", {}, `${chosen.lat.toFixed(5)}, ${chosen.lon.toFixed(5)}`)),
      chosen.facility ? el("p", {}, chosen.facility.name) : null,
      zone ? el("p.sheet-zone", {}, swatch(zone.colour, zone), el("strong", {}, label(zone))) : null,
      kind ? el("p", {}, both(...kind.why)) : null,
      minutesList(page, chosen.minutes));
  }

  /* The answer of the page about the place, or where nobody asked, the zones of what is in view. */
  function about(page) {
    if (page.chosen) {
      return el("section.sheet-place.sheet-answer", {}, el("h2.sheet-title", {}, say("sheet.place")), copyOf(id("lu-tab-place").children));
    }
    const inView = id("lu-in-view");
    return el("section.sheet-place", {}, inView ? copyOf(inView.children) : null);
  }

  function sources(page) {
    const list = document.querySelector("#lu-tab-sources .source-list");
    const address = page.addressOf && /^https?:/.test(location.protocol) ? page.addressOf() : "";
    return el("section.sheet-sources", {},
      el("h2.sheet-title", {}, say("sources.title")),
      el("p.note", {}, say("sheet.paper_ground")),
      list ? copyOf([list]) : null,
      address ? el("p.note", {}, say("sheet.address"), " ", address) : null,
      el("p.warning", {}, el("strong", {}, say("page.not_proof")), " ", say("page.not_proof_more")));
  }

  function contents(page, choice) {
    const view = viewOf(page, choice);
    const figure = el("div.sheet-figure", {}, plot.draw(page, view), strip(view));
    figure.style.width = `${view.wideMm}mm`;
    const first = el("div.sheet-first", {}, figure,
      el("div.sheet-side", {}, asked(page), legend(page)));
    return [head(page), first, about(page), sources(page)];
  }

  /* Millimetres by which the first page is too long; the margins are no part of it. */
  function overflow({ paper, paperNode }) {
    const top = paperNode.firstElementChild.getBoundingClientRect().top;
    const bottom = paperNode.querySelector(".sheet-first").getBoundingClientRect().bottom;
    return (bottom - top) * plot.MM_PER_PX - PAPERS[paper].pageMm;
  }

  /* Ways to fit place and legend onto the first page, from the roomiest to the tightest. */
  const FITS = {
    portrait: [{}, { lowerMm: 12 }, { lowerMm: 12, tight: true }, { lowerMm: 30, tight: true }, { lowerMm: 52, tight: true }],
    landscape: [{}, { narrowerMm: 22 }, { narrowerMm: 22, tight: true }, { narrowerMm: 52, tight: true }],
  };

  /* Once the sheet stands in the page and can be measured. */
  function renew(page) {
    const { sheet } = page;
    for (const { lowerMm = 0, narrowerMm = 0, tight = false } of FITS[sheet.paper]) {
      Object.assign(sheet, { lowerMm, narrowerMm });
      const kind = `${tight ? " sheet-tight" : ""}${narrowerMm ? " sheet-wide-side" : ""}`;
      sheet.paperNode.className = `sheet-paper sheet-${sheet.paper} lu-patterns${kind}`;
      sheet.paperNode.replaceChildren(...contents(page, sheet));
      if (overflow(sheet) <= 0) return;
    }
  }

  function tools(page) {
    const paper = panel.choice(plain("sheet.paper"), Object.keys(PAPERS).map((key) => [key, plain(`sheet.${key}`)]), page.sheet.paper, (key) => { page.sheet.paper = key; renew(page); });
    const scales = [["", plain("sheet.scale_auto")], ...plot.SCALES.map((scale) => [scale, `1:${grouped.format(scale)}`])];
    const scale = panel.choice(plain("sheet.scale"), scales, page.sheet.scale || "", (value) => { page.sheet.scale = Number(value); renew(page); });
    return el("div.sheet-tools", {},
      el("label", {}, say("sheet.paper"), paper), el("label", {}, say("sheet.scale"), scale),
      el("button.primary", { type: "button", id: "lu-print-now", onclick: () => window.print() }, say("sheet.print")),
      el("button.small", { type: "button", id: "lu-sheet-close", onclick: () => close(page) }, say("sheet.close")),
      el("p.note", {}, say("sheet.how")));
  }

  /* The sheet lies over the page, which must not be reached meanwhile. */
  function open(page, { paper = "portrait", scale = 0, quiet = false } = {}) {
    if (page.sheet) return;
    const paperNode = el("div.sheet-paper");
    page.sheet = { paper, scale, paperNode, quiet, before: document.activeElement };
    page.sheet.node = el("div", { id: "lu-sheet", role: "dialog", "aria-modal": "true", "aria-label": plain("sheet.title") },
      quiet ? null : tools(page), paperNode);
    for (const node of document.body.children) node.inert = true;
    document.body.append(page.sheet.node);
    renew(page);
    document.body.classList.add("lu-sheet-open");
    if (!quiet) id("lu-print-now").focus();
  }

  function close(page) {
    if (!page.sheet) return;
    const { before, node } = page.sheet;
    node.remove();
    page.sheet = null;
    for (const one of document.body.children) one.inert = false;
    document.body.classList.remove("lu-sheet-open");
    before?.focus?.();
  }

  function start(page) {
    const row = page.tools || id("lu-tools");
    if (row) row.append(el("button", { type: "button", id: "lu-print", onclick: () => open(page) }, say("sheet.button")));
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && page.sheet) close(page); });
    document.addEventListener("lu-language", () => { if (page.sheet) renew(page); });
    // Whoever prints by the browser's own command gets the sheet too.
    window.addEventListener("beforeprint", () => { if (!page.sheet) open(page, { quiet: true }); });
    window.addEventListener("afterprint", () => { if (page.sheet && page.sheet.quiet) close(page); });
    page.answers.push(async (asked) => { asked.minutes = await minutesOf(page, asked); return []; });
    page.openSheet = (choice) => open(page, choice);
    page.closeSheet = () => close(page);
  }

  Landuse.parts.push(start);

  return { PAPERS, viewOf };
})();
