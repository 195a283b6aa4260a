/* The answer to a click: the zone and why, who lives there, what is near. */
Landuse.place = (() => {
  "use strict";

  const { facts, panel } = Landuse;
  const { both, el, fact, grade, people, say, sign, swatch, whole } = panel;

  function claimNames(page, mask) {
    return page.data.claims.filter((_, bit) => Math.floor(mask / 2 ** bit) % 2).map((claim) => (
      el("li", {}, page.staff ? swatch(claim.colour) : null, both(claim.ja, claim.en))
    ));
  }

  /* The name of a claim or a zone. */
  function nameOf(page, key) {
    const { claims, zones } = page.data;
    const found = [...claims, ...zones].find((one) => one.key === key);
    return found ? [swatch(found.colour), " ", both(found.ja, found.en)] : say("face.none");
  }

  function zoneSection(page, kind) {
    const zone = page.data.zones[kind.zone];
    if (!zone) return null;
    const names = claimNames(page, kind.mask);
    return el("section.zone-answer", {},
      el("h3", {}, swatch(zone.colour), el("span", {}, both(zone.ja, zone.en)), grade(kind.grade)),
      el("p.meaning", {}, both(...zone.meaning)),
      el("dl", {},
        fact(say("place.why"), el("p", {}, both(...kind.why))),
        kind.path && !page.staff ? fact(say("place.path"), say(`place.path_${kind.path}`)) : null,
        fact(say("place.claims"), names.length ? el("ul.plain", {}, names) : say("place.no_claims"))));
  }

  function origins(page, claim) {
    const found = page.data.sources.filter((source) => claim && claim.origins.includes(source.key));
    if (!found.length) return say("face.none");
    return el("ul.plain", {}, found.map((source) => el("li", {}, `${source.source}（${source.vintage}） `, grade(source.grade))));
  }

  function faceSection(page, face) {
    const kind = page.faces.kinds[page.faces.kind[face]];
    const { claims } = page.data;
    const winner = claims.find((claim) => claim.key === kind.winner);
    const area = page.faces.area[face];
    return el("section.face-record", {},
      el("h3", {}, say("face.title")),
      el("dl", {},
        fact(say("face.rule"), el("code", {}, kind.rule), " ", both(...kind.rule_text)),
        fact(say("face.winner"), nameOf(page, kind.winner)),
        fact(say("face.losers"), kind.losers.length ? el("ul.plain", {}, kind.losers.map((key) => el("li", {}, nameOf(page, key)))) : say("face.none")),
        fact(say("face.runner_up"), nameOf(page, kind.runner_up)),
        fact(say("place.path"), kind.path ? say(`place.path_${kind.path}`) : say("face.none")),
        fact(say("face.grade"), grade(kind.grade)),
        fact(say("face.area"), area >= 100000 ? `${(area / 1e6).toFixed(2)} km²` : `${whole.format(area)} m²`),
        fact(say("face.source"), origins(page, winner))));
  }

  function cellSection(page, cell) {
    const { cells } = page;
    return el("section", {},
      el("dl.columns", {},
        fact([say("place.people"), " ", grade(page.data.people_grade)], people(cells.people[cell])),
        fact(say("place.of_elderly"), people(cells.elderly[cell]))));
  }

  async function serviceRow(page, service, cell) {
    const name = el("th", { scope: "row" }, sign(service), el("span", {}, both(service.ja, service.en)));
    const mode = el("span.mode", {}, say(`mode.${service.mode}`));
    if (!service.timed) return el("tr", {}, name, el("td", { colspan: 2 }, say("place.no_services")));
    const minutes = await facts.timesOf(page.cells, service.key);
    const to = await facts.nearestOf(page.cells, service.key);
    const code = minutes[cell];
    const last = page.cells.last_minute;
    if (code > last) {
      const reason = page.cells.reasons[code - last - 1] || "outside_data";
      return el("tr.unknown", {}, name, el("td", { colspan: 2 }, say(`reason.${reason}`)));
    }
    const near = code <= service.within;
    const facility = to && to[cell] > 0 ? page.data.facilities[to[cell] - 1] : null;
    return el("tr", {}, name,
      el("td.number", {},
        el("strong", {}, say(code === last ? "place.minutes_far" : "place.minutes_value", { n: code })), mode,
        el(`span.verdict.${near ? "near" : "far"}`, {}, near ? "✓ " : "✕ ", say(near ? "place.within" : "place.beyond"))),
      el("td", {}, facility ? facilityLink(page, facility) : ""));
  }

  function facilityLink(page, facility) {
    if (facility.lon === null) return el("span", {}, facility.name);
    return el("button.link", { type: "button", onclick: () => page.showFacility(facility) }, facility.name);
  }

  async function serviceSection(page, cell, kind) {
    const services = page.data.services.filter((service) => service.kind === kind);
    if (!services.length) return null;
    const rows = await Promise.all(services.map((service) => serviceRow(page, service, cell)));
    const title = kind === "hub" ? "place.hubs" : "place.watch_over";
    const worst = services.map((service) => service.grade).includes("modelled") ? "modelled" : services[0].grade;
    return el("section", {},
      el("h3", {}, say(title), grade(worst)),
      el("table.services", {}, el("tbody", {}, rows)));
  }

  function facilitySection(page, facility) {
    const services = facility.services.map((place) => page.data.services[place]);
    return el("section.facility-answer", {},
      el("h3", {}, services.length ? sign(services[0]) : null, el("span", {}, facility.name), grade(facility.grade)),
      el("dl", {},
        fact(say("place.address"), facility.address || say("place.address_none")),
        fact(say("place.services"), el("ul.plain", {}, services.map((service) => el("li", {}, both(service.ja, service.en))))),
        fact(say("place.position"), facility.error_m === null ? say("place.position_none") : say("place.position_value", { n: whole.format(facility.error_m) }))));
  }

  function spotSection(page, lon, lat, cell) {
    return el("section.spot", {},
      el("dl.columns", {},
        fact(say("place.lonlat"), `${lat.toFixed(5)}, ${lon.toFixed(5)}`),
        cell >= 0 ? fact(say("place.cell"), facts.cellCode(page.cells, cell)) : null),
      el("p.note", {}, say("place.surfaces")),
      el("p.warning", {}, say("place.not_a_proof")));
  }

  function englishOf(page, town) {
    const found = page.towns.find((one) => one.name === town);
    return (found && found.name_en) || "";
  }

  function nearTown(town, english) {
    const { ja, en } = panel.word("place.near", { town, town_en: english });
    return both(ja, english ? en : "");
  }

  function heading(page, cell) {
    if (cell < 0) return null;
    const town = page.cells.towns[page.cells.town[cell] - 1];
    const district = page.data.districts[page.cells.district[cell] - 1];
    if (!town && !district) return null;
    return el("h2", {},
      town ? nearTown(town, englishOf(page, town)) : null,
      district ? el("span.district", {}, both(district.ja, district.en)) : null);
  }

  /* -> nodes for the panel; `asked` is { lon, lat, face, cell, inside, facility }. */
  async function answer(page, asked) {
    const { lon, lat, face, cell, facility } = asked;
    const about = facility ? facilitySection(page, facility) : null;
    if (!asked.inside) {
      return [about, el("section.outside", {}, el("h2", {}, say("place.outside")), el("p", {}, say("place.outside_more"))),
        spotSection(page, lon, lat, -1)];
    }
    const kind = face >= 0 ? page.faces.kinds[page.faces.kind[face]] : null;
    return [
      about,
      heading(page, cell),
      kind ? zoneSection(page, kind) : el("p", {}, say("place.gap")),
      kind && page.staff ? faceSection(page, face) : null,
      cell >= 0 ? cellSection(page, cell) : el("p", {}, say("place.no_cell")),
      cell >= 0 ? await serviceSection(page, cell, "watch_over") : null,
      cell >= 0 ? await serviceSection(page, cell, "hub") : null,
      spotSection(page, lon, lat, cell),
    ];
  }

  return { answer };
})();
