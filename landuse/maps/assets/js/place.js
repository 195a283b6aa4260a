/* The answer to a click: the zone and why, who lives there, what is near. */
Landuse.place = (() => {
  "use strict";

  const { facts, gaps, near, panel } = Landuse;
  const { both, el, fact, grade, label, people, say, sign, swatch, whole } = panel;

  function claimsAt(page, mask) {
    return page.data.claims.filter((_, bit) => Math.floor(mask / 2 ** bit) % 2);
  }

  function claimNames(page, mask) {
    return claimsAt(page, mask).map((claim) => el("li", {}, page.staff ? swatch(claim.colour) : null, label(claim)));
  }

  /* The name of a claim or a zone. */
  function nameOf(page, key) {
    const { claims, zones } = page.data;
    const found = [...claims, ...zones].find((one) => one.key === key);
    return found ? [swatch(found.colour), " ", label(found)] : say("face.none");
  }

  function zoneSection(page, kind) {
    const zone = page.data.zones[kind.zone];
    if (!zone) return null;
    const names = claimNames(page, kind.mask);
    return el("section.zone-answer", {},
      el("h3", {}, swatch(zone.colour, zone), el("span", {}, label(zone)), grade(kind.grade)),
      el("p.meaning", {}, both(...zone.meaning)),
      el("dl", {},
        fact(say("place.why"), el("p", {}, both(...kind.why))),
        kind.path && !page.staff ? fact(say("place.path"), say(`place.path_${kind.path}`)) : null,
        page.staff ? null : fact(say("place.claims"), names.length ? el("ul.plain", {}, names) : say("place.no_claims")),
        kind.grade ? fact(say("near.certainty"), say(`grade.${kind.grade}_means`)) : null));
  }

  /* ---- the full record, for the office ---- */

  function originsOf(page, claim) {
    const found = page.data.sources.filter((source) => claim.origins.includes(source.key));
    if (!found.length) return say("face.none");
    return el("ul.plain", {}, found.map((source) => el("li", {}, `${source.source}（${source.vintage}） `, grade(source.grade))));
  }

  function part(kind, claim) {
    if (claim.key === kind.winner) return say("face.winner");
    if (kind.losers.includes(claim.key)) return say("face.losers");
    return say("record.stands_by");
  }

  /* Each claim on the spot, what became of it, and the layers that make it. */
  function claimsRecord(page, kind) {
    const claims = claimsAt(page, kind.mask);
    if (!claims.length) return say("place.no_claims");
    return el("table.claims-record", {},
      el("tbody", {}, claims.map((claim) => el("tr", {},
        el("th", { scope: "row" }, swatch(claim.colour), " ", label(claim), el("div.note", {}, part(kind, claim))),
        el("td", {}, originsOf(page, claim))))));
  }

  function faceSection(page, face) {
    const kind = page.faces.kinds[page.faces.kind[face]];
    const area = page.faces.area[face];
    const winner = page.data.claims.find((claim) => claim.key === kind.winner);
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
        winner ? fact(say("face.source"), originsOf(page, winner)) : null,
        fact(say("record.claims"), claimsRecord(page, kind))));
  }

  /* ---- people and facilities ---- */

  function cellSection(page, cell) {
    const { cells } = page;
    return el("section", {},
      el("dl.columns", {},
        fact([say("place.people"), " ", grade(page.data.people_grade)], people(cells.people[cell])),
        fact(say("place.of_elderly"), people(cells.elderly[cell]))));
  }

  async function nearestOf(page, services, facility) {
    const rows = await Promise.all(services.map(async (service) => {
      const tenths = await gaps.peopleOf(page, service, facility);
      if (tenths === null) return null;
      return el("li", {}, label(service), "：", tenths > 0 ? people(tenths) : say("near.nobody"));
    }));
    const known = rows.filter(Boolean);
    return known.length ? fact([say("near.nearest_of"), " ", grade(page.data.people_grade)], el("ul.plain", {}, known)) : null;
  }

  async function facilitySection(page, facility) {
    const services = facility.services.map((place) => page.data.services[place]);
    return el("section.facility-answer", {},
      el("h3", {}, services.length ? sign(services[0]) : null, el("span", {}, facility.name || say("near.no_name")), grade(facility.grade)),
      el("dl", {},
        fact(say("place.address"), facility.address || say("place.address_none")),
        fact(say("place.services"), el("ul.plain", {}, services.map((service) => el("li", {}, label(service))))),
        fact(say("place.position"), facility.error_m === null ? say("place.position_none") : say("place.position_value", { n: whole.format(facility.error_m) })),
        await nearestOf(page, services, facility)));
  }

  function spotSection(page, lon, lat, cell) {
    return el("section.spot", {},
      el("dl.columns", {},
        fact(say("place.lonlat"), `${lat.toFixed(5)}, ${lon.toFixed(5)}`),
        cell >= 0 ? fact(say("place.cell"), facts.cellCode(page.cells, cell)) : null),
      el("p.warning", {}, say("place.not_a_proof")));
  }

  function englishOf(page, town) {
    const found = page.towns.find((one) => one.name === town);
    return (found && found.name_en) || "";
  }

  function nearTown(town, english) {
    const { ja, en, easy } = panel.word("place.near", { town, town_en: english });
    return [both(ja, english ? en : "", easy), english ? el("span.only-en", { lang: "ja" }, town) : null];
  }

  function heading(page, cell) {
    if (cell < 0) return null;
    const town = page.cells.towns[page.cells.town[cell] - 1];
    const district = page.data.districts[page.cells.district[cell] - 1];
    if (!town && !district) return null;
    return el("h2", {},
      town ? nearTown(town, englishOf(page, town)) : null,
      district ? el("span.district", {}, label(district)) : null);
  }

  async function nearSections(page, cell, wanted = {}) {
    if (cell < 0) return { records: [], nodes: [el("p", {}, say("place.no_cell"))] };
    const records = await near.all(page, cell, wanted);
    return {
      records,
      nodes: [
        cellSection(page, cell), near.refuges(page, records),
        near.table(page, records, "watch_over"), near.table(page, records, "hub"), gaps.coverage(page, cell),
      ],
    };
  }

  const PATIENCE_MS = 150;

  /* -> nodes for the panel; `asked` is { lon, lat, face, cell, inside, facility }. Where the
     times take their time, `early` gets what is known without them. */
  async function answer(page, asked, early = () => {}) {
    const { lon, lat, face, cell, facility } = asked;
    if (!asked.inside) {
      return [facility ? await facilitySection(page, facility) : null,
        el("section.outside", {}, el("h2", {}, say("place.outside")), el("p", {}, say("place.outside_more"))),
        spotSection(page, lon, lat, -1)];
    }
    const kind = face >= 0 ? page.faces.kinds[page.faces.kind[face]] : null;
    const first = [
      heading(page, cell),
      kind ? zoneSection(page, kind) : el("p", {}, say("place.gap")),
      kind && page.staff ? faceSection(page, face) : null,
    ];
    let late = false;
    const tell = (...nodes) => early([...first, el("p.hint", {}, say("near.reading")), ...nodes]);
    const slow = setTimeout(() => { late = true; tell(); }, PATIENCE_MS);
    const judged = await nearSections(page, cell, { first: true });
    if (late) tell(...judged.nodes);
    const [about, { nodes, records }] = await Promise.all([facility ? facilitySection(page, facility) : null, nearSections(page, cell)]);
    clearTimeout(slow);
    return [about, ...first, ...nodes, gaps.unknown(page, kind, records), spotSection(page, lon, lat, cell)];
  }

  return { answer };
})();
