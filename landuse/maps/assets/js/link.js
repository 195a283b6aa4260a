/* What a reader sees as the part of an address behind the #, and back. Nothing from there is
   trusted: keys and names must be known, numbers must lie in their range, all else is passed over. */
Landuse.link = (() => {
  "use strict";

  const { language } = Landuse;
  const LONGEST = 4000;
  const PAINTS = ["zones", "people", "elderly", "minutes", "standard"];
  const SEASONS = ["usual", "winter_low", "winter_high"];
  const MODES = ["walk", "transit", "drive"];
  const TABS = ["map", "place", "tables", "sources", "work"];
  const KEYS = ["embed", "map", "at", "facility", "paint", "for", "by", "when", "hide", "show", "ground", "claims", "own", "strength", "patterns", "lang", "tab"];

  /* "#at=144.38,42.98&lang=en" -> Map; later ones of a key, unknown and broken ones are left out. */
  function parse(hash) {
    const found = new Map();
    for (const part of String(hash).slice(0, LONGEST).replace(/^#/, "").split("&")) {
      const [key, ...rest] = part.split("=");
      if (!KEYS.includes(key) || found.has(key)) continue;
      try { found.set(key, decodeURIComponent(rest.join("="))); } catch { /* a broken escape is no value */ }
    }
    return found;
  }

  function written(pairs) {
    // Commas and slashes may stand in a fragment, and are easier to read than their escapes.
    const safe = (value) => encodeURIComponent(value).replace(/%2C/g, ",").replace(/%2F/g, "/");
    return [...pairs].map(([key, value]) => (value === "" ? key : `${key}=${safe(value)}`)).join("&");
  }

  /* Exactly `count` finite numbers, or null. */
  function numbers(text, sign, count) {
    const parts = String(text ?? "").split(sign);
    const all = parts.map((part) => (/^-?\d{1,4}(\.\d{1,12})?$/.test(part) ? Number(part) : NaN));
    return all.length === count && all.every(Number.isFinite) ? all : null;
  }

  function within(page, lon, lat) {
    const [west, south, east, north] = page.data.frame;
    const [wide, high] = [east - west, north - south];
    return lon >= west - wide && lon <= east + wide && lat >= south - high && lat <= north + high;
  }

  const round = (value, digits) => String(Number(value.toFixed(digits)));

  /* The keys of each set that readers switch, in the order of the page. */
  function listsOf(page) {
    const { data, state } = page;
    return {
      hide: { keys: data.zones.map((zone) => zone.key), set: state.zones, inverse: true },
      show: { keys: data.services.map((service) => service.key), set: state.services },
      claims: { keys: data.claims.map((claim) => claim.key), set: state.claims },
      ground: { keys: ["roads", "railways", "stations", "gateways", "names", "districts"], set: state.ground, named: true },
      // The reader's own layers by their place: names are any text.
      ...(page.own?.length ? { own: { keys: page.own.map((_, place) => String(place + 1)), set: state.own } } : {}),
    };
  }

  const memberOf = ({ keys, named }, place) => (named ? keys[place] : place);

  function listed(list) {
    const on = list.keys.filter((_, place) => list.set.has(memberOf(list, place)) !== Boolean(list.inverse));
    return on.join(",") || "none";
  }

  function setList(list, text) {
    const wanted = new Set(String(text).split(","));
    list.keys.forEach((key, place) => {
      const on = wanted.has(key) !== Boolean(list.inverse);
      if (on) list.set.add(memberOf(list, place)); else list.set.delete(memberOf(list, place));
    });
  }

  function tabOf() {
    const open = document.querySelector("#lu-tabs [role=tab][aria-selected=true]");
    return open ? open.dataset.tab : "map";
  }

  /* Everything that a link may carry, as texts, defaults too. */
  function values(page) {
    const { chosen, data, map, state } = page;
    const centre = map.getCenter();
    const service = data.services[state.service];
    return new Map([
      ["map", `${round(map.getZoom(), 2)}/${round(centre.lat, 5)}/${round(centre.lng, 5)}`],
      ["at", chosen ? `${round(chosen.lon, 5)},${round(chosen.lat, 5)}` : ""],
      ["facility", chosen && chosen.facility ? chosen.facility.id : ""],
      ["paint", state.paint],
      ["for", ["minutes", "standard"].includes(state.paint) && service ? service.key : ""],
      ["by", state.mode || ""],
      ["when", state.season || ""],
      ...Object.entries(listsOf(page)).map(([key, list]) => [key, listed(list)]),
      ["strength", String(Math.round(state.strength * 100))],
      ["patterns", state.patterns ? "1" : ""],
      ["lang", page.language || ""],
      ["tab", tabOf()],
    ]);
  }

  /* What differs from how the page opens. A place asked about is shown in its own tab anyway. */
  function hashOf(page, defaults) {
    const found = [...values(page)].filter(([key, value]) => value !== "" && value !== defaults.get(key));
    return written(found.filter(([key, value]) => !(key === "tab" && value === "place" && page.chosen)));
  }

  function setPaint(page, wanted) {
    const { data, state } = page;
    const timed = (key) => data.services.findIndex((service) => service.key === key && service.timed);
    const offered = ["zones", ...(page.cells ? ["people", "elderly"] : []), ...(data.services.some((one) => one.timed) ? ["minutes", "standard"] : [])];
    const pick = (key, allowed) => (allowed.includes(wanted.get(key)) ? wanted.get(key) : null);
    state.paint = pick("paint", PAINTS.filter((paint) => offered.includes(paint))) ?? state.paint;
    if (timed(wanted.get("for")) >= 0) state.service = timed(wanted.get("for"));
    state.mode = pick("by", MODES) ?? "";
    state.season = pick("when", SEASONS) ?? "usual";
  }

  function setState(page, wanted) {
    setPaint(page, wanted);
    for (const [key, list] of Object.entries(listsOf(page))) if (wanted.has(key)) setList(list, wanted.get(key));
    const strength = numbers(wanted.get("strength"), "/", 1);
    if (strength) page.state.strength = Math.min(100, Math.max(20, strength[0])) / 100;
    if (page.setPatterns && wanted.has("patterns")) page.setPatterns(wanted.get("patterns") === "1");
    if (page.setLanguage && language.NAMES.includes(wanted.get("lang"))) page.setLanguage(wanted.get("lang"));
  }

  function setView(page, wanted) {
    const view = numbers(wanted.get("map"), "/", 3);
    if (!view || !within(page, view[2], view[1])) return;
    const zoom = Math.min(page.map.getMaxZoom(), Math.max(page.map.getMinZoom(), view[0]));
    page.map.setView([view[1], view[2]], zoom, { animate: false });
  }

  async function setPlace(page, wanted) {
    const facility = page.data.facilities.find((one) => one.id === wanted.get("facility") && one.lon !== null);
    const at = numbers(wanted.get("at"), ",", 2);
    if (facility) await page.goTo(facility.lon, facility.lat, 14, facility);
    else if (at && within(page, at[0], at[1])) await page.goTo(at[0], at[1], 13);
    else return false;
    return true;
  }

  /* Puts the page into the state of a link; what the link does not name is as the page opens. */
  async function restore(page, wanted, defaults) {
    const full = new Map([...defaults, ...wanted]);
    setState(page, full);
    const placed = await setPlace(page, wanted);
    setView(page, wanted);
    const tab = wanted.get("tab");
    if (TABS.includes(tab) && document.getElementById(`lu-tab-${tab}`)) page.showTab(tab);
    else if (!placed) page.showTab("map");
    page.redraw();
  }

  return { hashOf, listsOf, numbers, parse, restore, values, written };
})();
