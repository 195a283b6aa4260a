/* The layer control: what the map shows, how it is coloured, and the key to the colours. */
Landuse.controls = (() => {
  "use strict";

  const { panel, season } = Landuse;
  const { both, brief, check, choice, el, grade, label, named, plain, say, sign, swatch } = panel;

  function group(title, open, ...content) {
    return el("details.group", open ? { open: true } : {}, el("summary", {}, title), ...content);
  }

  /* Checkboxes with two buttons that set all of them. */
  function checks(items, set, page) {
    const boxes = [];
    const list = el("div.rows", {}, items.map((item) => {
      const { box, row } = check(item.label, {
        checked: set.has(item.key),
        before: item.before,
        after: item.after,
        onchange: (on) => { if (on) set.add(item.key); else set.delete(item.key); page.redraw(); },
      });
      boxes.push([box, item.key]);
      return row;
    }));
    const toAll = (on) => () => {
      for (const [box, key] of boxes) { box.checked = on; if (on) set.add(key); else set.delete(key); }
      page.redraw();
    };
    const buttons = items.length < 3 ? null : el("div.all", {},
      el("button.small", { type: "button", onclick: toAll(true) }, say("legend.all_on")),
      el("button.small", { type: "button", onclick: toAll(false) }, say("legend.all_off")));
    return [buttons, list];
  }

  function zoneKey(page) {
    return checks(page.data.zones.map((zone, place) => ({
      key: place, label: label(zone), before: swatch(zone.colour, zone),
    })), page.state.zones, page);
  }

  function keyRow(colour, ...text) {
    const box = colour === "hatch" ? el("span.swatch.swatch-hatch", { "aria-hidden": "true" }) : swatch(...[colour].flat());
    return el("li", {}, box, el("span", {}, ...text));
  }

  function minutesKey(page) {
    const { limits, colours } = page.data.palette.minutes;
    return colours.map((colour, place) => keyRow(colour, place < limits.length
      ? say("legend.minutes_upto", { n: limits[place] })
      : say("legend.minutes_over", { n: limits[limits.length - 1] })));
  }

  function peopleKey(page) {
    const { limits, colours } = page.data.palette.people;
    return colours.map((colour, place) => {
      if (place === 0) return keyRow(colour, say("legend.people_below", { n: limits[0] }));
      if (place === limits.length) return keyRow(colour, say("legend.people_over", { n: limits[place - 1] }));
      return keyRow(colour, say("legend.people_between", { a: limits[place - 1], b: limits[place] }));
    });
  }

  function standardKey(page, service) {
    const { within, beyond } = page.data.palette.standard;
    return [
      keyRow(within, say("legend.within", { n: service.within })),
      keyRow(beyond, say("legend.beyond")),
    ];
  }

  function surfaceKey(page) {
    const { paint } = page.state;
    const service = page.data.services[page.state.service];
    if (paint === "zones") return [];
    if (paint === "people" || paint === "elderly") {
      const nobody = keyRow(page.data.palette.ground.city, say("place.people_none"));
      return [el("ul.key", {}, nobody, peopleKey(page), keyRow("hatch", say("table.no_data"))), el("p.note", {}, grade(page.data.people_grade))];
    }
    const rows = paint === "minutes" ? minutesKey(page) : standardKey(page, service);
    return [
      el("ul.key", {}, rows, keyRow("hatch", say("legend.no_data"))),
      el("p.note", {}, grade(service.grade), " ", season.name(page), " ", say("place.standard", { n: service.within })),
      service.source ? el("p.note", {}, say("table.standard"), "：", service.source) : null,
      service.note[0] || service.note[1] ? el("p.note", {}, both(...service.note)) : null,
      el("p.note", {}, say("legend.empty_pale")),
    ];
  }

  function paintGroup(page) {
    const { data, state } = page;
    const timed = data.services.map((service, place) => [place, service]).filter(([, service]) => service.timed);
    const kinds = ["zones", ...(page.cells ? ["people", "elderly"] : []), ...(timed.length ? ["minutes", "standard"] : [])];
    const key = el("div.surface-key");
    const services = timed.length ? choice(
      plain("legend.paint_service"),
      timed.map(([place, service]) => [place, named(service)]),
      state.service,
      (value) => { state.service = Number(value); renew(); },
    ) : null;
    const travel = season.choices(page, renew);
    async function renew() {
      if (services) services.hidden = !["minutes", "standard"].includes(state.paint);
      travel.refresh();
      key.replaceChildren(...surfaceKey(page).filter(Boolean));
      await page.renewSurface();
    }
    const radios = kinds.map((kind) => {
      const button = el("input", { type: "radio", name: "lu-paint", value: kind, onchange: () => { state.paint = kind; renew(); } });
      button.checked = state.paint === kind;
      return el("label.row", {}, button, el("span.row-text", {}, say(`legend.paint_${kind}`)));
    });
    if (services) services.hidden = true;
    return [el("fieldset.rows", {}, el("legend.hidden", {}, say("legend.paint")), radios), services, travel.node, key];
  }

  function strength(page) {
    const slider = el("input", {
      type: "range", min: "20", max: "100", step: "5", "aria-label": plain("legend.opacity"),
      oninput: () => { page.state.strength = slider.value / 100; page.redraw(); },
    });
    slider.value = page.state.strength * 100;
    return el("label.row.strength", {}, el("span.row-text", {}, say("legend.opacity")), slider);
  }

  /* Patterns over the colours, for eyes and printers that tell colours apart badly. */
  function patterns(page) {
    const { box, row } = check(say("shell.patterns"), { checked: page.state.patterns, onchange: (on) => page.setPatterns(on) });
    page.patternsBox = box;
    return row;
  }

  function facilityCount(page, place) {
    const own = page.data.facilities.filter((facility) => facility.services.includes(place));
    const lost = own.filter((facility) => facility.lon === null).length;
    if (!own.length || lost === own.length) return el("span.count.missing", {}, say("legend.none_known"));
    return el("span.count", { title: lost ? plain("legend.count_unplaced", { n: lost }) : "" },
      brief("legend.count", { n: own.length - lost }));
  }

  function facilityGrade(page, place) {
    const order = ["official", "derived", "modelled"];
    const found = page.data.facilities.filter((facility) => facility.services.includes(place))
      .map((facility) => order.indexOf(facility.grade));
    return found.length ? grade(order[Math.max(...found)]) : null;
  }

  function facilityGroup(page, kind) {
    return checks(page.data.services.map((service, place) => ({
      key: place, kind: service.kind, label: label(service), before: sign(service),
      after: [facilityCount(page, place), facilityGrade(page, place)],
    })).filter((item) => item.kind === kind), page.state.services, page);
  }

  function groundGroup(page, keys) {
    const gradeOf = (key) => {
      const source = page.data.sources.find((one) => page.data.ground_origins[key] === one.key);
      return source ? grade(source.grade) : null;
    };
    return checks(keys.map((key) => ({
      key, label: say(`legend.${key}`), before: el(`span.line.line-${key}`, { "aria-hidden": "true" }), after: gradeOf(key),
    })), page.state.ground, page);
  }

  function claimGroup(page) {
    const gradeOf = (claim) => page.data.sources.find((one) => claim.origins.includes(one.key));
    return checks(page.data.claims.map((claim, bit) => ({
      key: bit, used: claim.used, label: label(claim), before: swatch(claim.colour),
      after: [gradeOf(claim) ? grade(gradeOf(claim).grade) : null, Landuse.claims.button(page, bit)],
    })).filter((item) => item.used), page.state.claims, page);
  }

  function tilesRow(page) {
    return check(say("legend.tiles"), { checked: false, onchange: (on) => page.showTiles(on) }).row;
  }

  /* The same key small on the map itself, for when the panel shows something else. */
  function floating(page) {
    const { data, state } = page;
    const zones = data.zones.map((zone) => keyRow([zone.colour, zone], label(zone)));
    const title = state.paint === "zones"
      ? say("legend.zones")
      : [say(`legend.paint_${state.paint}`), ["minutes", "standard"].includes(state.paint) ? el("div", {}, label(data.services[state.service]), el("div.drawn-by", {}, season.name(page))) : null];
    const rows = state.paint === "zones" ? zones : surfaceKey(page).filter(Boolean)[0];
    return [el("div.key-title", {}, title), state.paint === "zones" ? el("ul.key", {}, rows) : rows];
  }

  function build(page) {
    const { data } = page;
    const kinds = new Set(data.services.map((service) => service.kind));
    return [
      group(say("legend.paint"), true, ...paintGroup(page), strength(page), patterns(page)),
      group(say("legend.zones"), false, ...zoneKey(page)),
      page.staff ? group(say("legend.claims"), true, ...claimGroup(page)) : null,
      kinds.has("hub") ? group(say("legend.hubs"), true, ...facilityGroup(page, "hub")) : null,
      kinds.has("watch_over") ? group(say("legend.watch_over"), true, ...facilityGroup(page, "watch_over")) : null,
      group(say("legend.transport"), false, ...groundGroup(page, ["roads", "railways", "stations", "gateways"])),
      group(say("legend.places"), false, ...groundGroup(page, ["names", "districts"]), data.tiles ? tilesRow(page) : null),
    ].filter(Boolean);
  }

  return { build, floating };
})();
