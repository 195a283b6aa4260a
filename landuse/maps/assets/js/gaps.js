/* How the district is served as a whole, and what the page does not know of a spot. */
Landuse.gaps = (() => {
  "use strict";

  const { facts, near, panel } = Landuse;
  const { both, el, label, percent, say, sign, whole } = panel;

  const FAR_OFF_M = 150; // a position error worth a word: more than a cell

  /* ---- coverage ---- */

  function shareOf(page, service, district, group) {
    const row = page.data.tables.coverage.find((one) => (
      one.service === service.key && !one.straight && one.zone === "all" && one.district === district && one.group === group));
    return row ? row.share : undefined;
  }

  function shareCell(share) {
    if (share === undefined || share === null) return el("td.number.blank", {}, say("table.no_data"));
    return el("td.number", {}, percent(share));
  }

  /* Share of people within the standard: of this district, its old people, and the city. */
  function coverage(page, cell) {
    const district = page.data.districts[page.cells.district[cell] - 1];
    const { services, tables } = page.data;
    if (!tables.coverage.length) return null;
    const here = district ? district.key : "all";
    const columns = [[here, "all"], [here, "65plus"], ...(district ? [["all", "all"]] : [])];
    const heads = [
      district ? both(district.ja, district.en) : say("table.whole"), say("table.group_65plus"), say("table.whole")];
    const rows = services.map((service) => el("tr", {},
      el("th", { scope: "row" }, el("span.service-name", {}, sign(service), el("span", {}, label(service)))),
      columns.map(([where, group]) => shareCell(shareOf(page, service, where, group)))));
    return el("details.group.district-coverage", {},
      el("summary", {}, say("near.coverage", { district: district ? { ja: district.ja, en: district.en || district.ja } : say("table.whole")[0].textContent })),
      el("table", {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, say("table.service")),
          columns.map((_, i) => el("th.number", { scope: "col" }, heads[i])))),
        el("tbody", {}, rows)),
      el("p.note", {}, say("near.coverage_note")));
  }

  /* ---- what is not known ---- */

  function names(services) {
    return el("span", {}, services.map((service, i) => [i ? "、" : "", label(service)]));
  }

  /* Services whose own time is blank, by reason. */
  function blanks(records) {
    const by = new Map();
    for (const { service, own } of records) {
      const reason = !service.timed || own === null ? "not_computed" : own.reason;
      if (reason) by.set(reason, [...(by.get(reason) || []), service]);
    }
    return [...by].map(([reason, services]) => el("li.listed", {},
      say(reason === "not_computed" ? "place.no_services" : `reason.${reason}`), "：", names(services)));
  }

  /* Nearest facilities that may stand elsewhere than shown. */
  function misplaced(records) {
    const facilities = [...new Set(records.map((record) => record.facility).filter(Boolean))];
    const off = facilities.filter((one) => one.error_m !== null && one.error_m > FAR_OFF_M);
    const unknown = facilities.filter((one) => one.error_m === null).length;
    const worst = Math.max(0, ...off.map((one) => one.error_m));
    return [
      off.length ? el("li", {}, say("gaps.positions", { n: off.length, m: whole.format(worst) })) : null,
      unknown ? el("li", {}, say("gaps.positions_unknown", { n: unknown })) : null,
    ];
  }

  function seasonsOf(page) {
    return new Set(Object.values(page.cells.times).flatMap((modes) => Object.values(modes)).flatMap((seasons) => Object.keys(seasons)));
  }

  function ofTimes(page, records) {
    const columns = near.columnsOf(page);
    const seasons = seasonsOf(page);
    return [
      ...blanks(records),
      columns.includes("transit") ? null : el("li", {}, say("gaps.no_timetable")),
      seasons.has("winter_low") ? el("li", {}, say("gaps.winter_band")) : el("li", {}, say("gaps.no_winter")),
      columns.length > 1 ? el("li", {}, say("gaps.nearest")) : null,
      ...misplaced(records),
      el("li", {}, say("gaps.cell")),
    ];
  }

  function unknown(page, kind, records) {
    const { data } = page;
    return el("section.not-known", {},
      el("h3", {}, el("span", {}, say("gaps.title"))),
      el("ul", {},
        kind && kind.grade === "modelled" ? el("li", {}, say("gaps.zone_modelled")) : null,
        records.length ? ofTimes(page, records) : el("li", {}, say("gaps.no_times")),
        el("li", {}, say("gaps.hazards")),
        el("li", {}, say("gaps.date", { vintage: data.vintage || "—", made_on: data.made_on }))));
  }

  /* ---- who has a facility as the nearest ---- */

  /* People in tenths whose nearest facility of a service this is; null where not computed. */
  async function peopleOf(page, service, facility) {
    if (!page.cells || !service.timed) return null;
    const to = await facts.nearestOf(page.cells, service.key);
    if (!to) return null;
    const place = page.data.facilities.indexOf(facility) + 1;
    let sum = 0;
    for (let cell = 0; cell < to.length; cell += 1) {
      if (to[cell] === place && page.cells.people[cell] > 0) sum += page.cells.people[cell];
    }
    return sum;
  }

  return { coverage, peopleOf, unknown };
})();
