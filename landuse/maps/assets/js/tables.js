/* The figures behind the map, as tables for everyone and for those who cannot see it. */
Landuse.tables = (() => {
  "use strict";

  const { panel } = Landuse;
  const { brief, choice, el, grade, label, named, percent, plain, say, sign, table, whole, word } = panel;

  const area = new Intl.NumberFormat("ja-JP", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  function areas(page) {
    const { districts, tables, zones } = page.data;
    const columns = [{ key: "all", ...word("table.whole") }, ...districts]
      .filter((column) => tables.areas.some((row) => row.district === column.key));
    const cellOf = (zone, district) => {
      const row = tables.areas.find((one) => one.zone === zone && one.district === district);
      return row ? [area.format(row.area), el("br"), el("small", {}, percent(row.share))] : "—";
    };
    const rows = [...zones, { key: "all", ...word("legend.total") }];
    return table("table.areas", [
      { head: say("table.zone"), cell: (row) => [label(row), row.grade ? el("div", {}, grade(row.grade)) : null] },
      ...columns.map((column) => ({ head: label(column), number: true, cell: (row) => cellOf(row.key, column.key) })),
    ], rows);
  }

  function bar(row) {
    if (!row) return "—";
    if (row.demand === 0) return say("table.no_demand");
    if (row.share === null) return el("span.missing", {}, say("table.no_data"));
    const fillOf = el("span.bar-fill");
    fillOf.style.width = `${Math.round(row.share * 100)}%`;
    const title = `${whole.format(row.served)} / ${whole.format(row.demand)}`;
    return el("span.bar", { title }, fillOf, el("span.bar-text", {}, percent(row.share)));
  }

  function coverageTable(page, { group, by, measure }) {
    const { coverage } = page.data.tables;
    const rows = coverage.filter((row) => row.group === group && row.straight === (measure === "by_line"));
    const whole_ = { key: "all", ...word("table.whole") };
    const others = by === "by_zone" ? page.data.zones : page.data.districts;
    const columns = [whole_, ...others];
    const find = (service, key) => rows.find((row) => row.service === service.key
      && (by === "by_zone" ? row.zone === key && row.district === "all" : row.district === key && row.zone === "all"));
    const services = page.data.services.filter((service) => rows.some((row) => row.service === service.key));
    const limit = (service) => {
      const row = find(service, "all");
      if (!row) return null;
      const how = brief(row.straight ? "mode.straight" : `mode.${service.mode}`);
      const within = row.straight ? `${row.within} m` : brief("place.minutes_value", { n: row.within });
      return el("span.limit", {}, how, " ", within, grade(row.grade));
    };
    return table("table.coverage", [
      { head: [say("table.service"), say("table.standard")], cell: (service) => el("div.service-name", {}, sign(service), el("div", {}, label(service), limit(service))) },
      ...columns.map((column) => ({ head: label(column), number: true, cell: (service) => bar(find(service, column.key)) })),
    ], services, columns.length <= 4 ? "even" : "");
  }

  function coverage(page) {
    if (!page.data.tables.coverage.length) return el("p", {}, say("table.none"));
    const asked = { group: "all", by: "by_district", measure: "by_time" };
    const place = el("div");
    const renew = () => place.replaceChildren(coverageTable(page, asked));
    const pick = (name, key, options) => choice(plain(name), options.map((one) => [one, plain(`table.${key === "group" ? "group_" : ""}${one}`)]), asked[key], (value) => { asked[key] = value; renew(); });
    const lines = page.data.tables.coverage.some((row) => row.straight);
    const zones = page.data.tables.coverage.some((row) => row.zone !== "all");
    renew();
    return el("div", {},
      el("div.choices", {},
        pick("table.group", "group", ["all", "65plus"]),
        zones ? pick("table.by", "by", ["by_district", "by_zone"]) : null,
        lines ? pick("table.measure", "measure", ["by_time", "by_line"]) : null),
      place);
  }

  function minutes(value) {
    return value === null ? say("table.no_data") : brief("place.minutes_value", { n: Math.ceil(value) });
  }

  /* How sure the figures of a table are: of the people, and of the times to a service. */
  function sureness(page, key) {
    const service = page.data.services.find((one) => one.key === key);
    return el("p.note", {}, say("table.people"), " ", grade(page.data.people_grade), " ", say("place.minutes"), " ", grade(service.grade));
  }

  function worst(page) {
    const rows = page.data.tables.worst;
    const services = page.data.services.filter((service) => rows.some((row) => row.service === service.key));
    if (!services.length) return null;
    const asked = { service: services[0].key, group: "all" };
    const place = el("div");
    const districtName = (key) => page.data.districts.find((one) => one.key === key);
    const renew = () => place.replaceChildren(table("table.worst", [
      { head: say("table.town"), cell: (row) => (page.cells && page.cells.towns.includes(row.town)
        ? el("button.link", { type: "button", onclick: () => page.showTown(row.town, row.service) }, row.town)
        : row.town) },
      { head: say("table.district"), cell: (row) => (districtName(row.district) ? label(districtName(row.district)) : row.district) },
      { head: say("table.people"), number: true, cell: (row) => whole.format(row.demand) },
      { head: say("table.unserved"), number: true, cell: (row) => whole.format(row.unserved) },
      { head: say("table.share"), number: true, cell: (row) => (row.share === null ? say("table.no_data") : percent(row.share)) },
      { head: say("table.median"), number: true, cell: (row) => minutes(row.median) },
    ], rows.filter((row) => row.service === asked.service && row.group === asked.group)), sureness(page, asked.service));
    renew();
    return el("div", {},
      el("div.choices", {},
        choice(plain("table.service"), services.map((service) => [service.key, named(service)]), asked.service, (value) => { asked.service = value; renew(); }),
        choice(plain("table.group"), [["all", plain("table.group_all")], ["65plus", plain("table.group_65plus")]], asked.group, (value) => { asked.group = value; renew(); })),
      place);
  }

  function regional(page) {
    const rows = page.data.tables.regional;
    const services = page.data.services.filter((service) => rows.some((row) => row.service === service.key));
    if (!services.length) return null;
    const asked = { service: services[0].key };
    const place = el("div");
    const columns = [
      { head: say("table.municipality"), cell: (row) => panel.place(row.name, row.name_en) },
      { head: say("table.people"), number: true, cell: (row) => (row.population === null ? say("table.no_data") : whole.format(row.population)) },
      { head: say("table.straight_km"), number: true, cell: (row) => (row.straight_km === null ? say("table.no_data") : `${row.straight_km.toFixed(1)} km`) },
      { head: say("table.road_min"), number: true, cell: (row) => (row.road_min === null ? say(row.reason ? `reason.${row.reason}` : "table.no_road") : minutes(row.road_min)) },
      { head: say("table.facility"), cell: (row) => row.facility || "—" },
    ];
    const renew = () => place.replaceChildren(
      table("table.regional", columns, rows.filter((row) => row.service === asked.service)),
      ...[rings(page, asked.service)].filter(Boolean),
      sureness(page, asked.service),
    );
    renew();
    return el("div", {},
      el("div.choices", {}, choice(plain("table.service"), services.map((service) => [service.key, named(service)]), asked.service, (value) => { asked.service = value; renew(); })),
      place);
  }

  function rings(page, service) {
    const rows = page.data.tables.rings.filter((row) => row.service === service);
    if (!rows.length) return null;
    return table("table.rings", [
      { head: say("mode.drive"), cell: (row) => say("table.within_min", { n: row.within_min }) },
      { head: say("table.people"), number: true, cell: (row) => whole.format(row.population) },
      { head: say("table.share"), number: true, cell: (row) => percent(row.share) },
      { head: say("table.without_road"), number: true, cell: (row) => whole.format(row.without_road) },
    ], rows);
  }

  function build(page) {
    return [areas(page), coverage(page), worst(page), regional(page)].filter(Boolean);
  }

  return { build };
})();
