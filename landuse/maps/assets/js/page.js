/* Puts the page together: reads the data, draws the map, answers clicks and searches. */
Landuse.start = (() => {
  "use strict";

  const { codec, controls, facts, language, paint, panel, place, tables, view } = Landuse;
  const { el, plain } = panel;
  const id = (name) => document.getElementById(name);
  const PHONE = window.matchMedia("(max-width: 720px)");

  async function readPage(data) {
    const names = ["land", "neighbours", "boundary", "districts", "lakes", "rivers", "roads", "railways"];
    const [faces, cells, lons, lats, ...shapes] = await Promise.all([
      facts.readFaces(data.faces), facts.readCells(data.cells),
      codec.runningSum(data.towns.lon), codec.runningSum(data.towns.lat),
      ...names.map((name) => codec.topology(data.ground[name].shape)),
    ]);
    const towns = data.towns.name.map((name, i) => ({
      name, name_en: data.towns.name_en[i] || "", district: data.towns.district[i], lon: lons[i] / codec.LATTICE, lat: lats[i] / codec.LATTICE,
    }));
    const zoneOf = (face) => faces.kinds[faces.kind[face]].zone;
    return {
      data, faces, cells, towns, zoneOf, staff: data.staff,
      shapes: Object.fromEntries(names.map((name, i) => [name, shapes[i]])),
      borders: view.bordersOf(faces, zoneOf),
      surface: null,
      chosen: null,
      painters: { zones: null, under: [], areas: [], marks: [], over: [] },
      answers: [], // what else a click tells: (asked) => nodes, or a promise of them
      capture: null, // takes clicks instead of the question: (lon, lat) => …
      state: {
        zones: new Set(data.zones.keys()), claims: new Set(), paint: "zones",
        service: Math.max(0, data.services.findIndex((service) => service.timed)),
        services: new Set([...data.services.keys()].filter((i) => data.services[i].kind === "hub")),
        ground: new Set(["roads", "railways", "stations", "gateways", "names", "districts"]),
        strength: 1, mode: "", season: "usual",
      },
    };
  }

  /* ---- the panel ---- */

  function tabs(page) {
    const buttons = [...document.querySelectorAll("#lu-tabs [role=tab]")];
    const show = (name, { open = true } = {}) => {
      for (const button of buttons) {
        const on = button.dataset.tab === name;
        button.setAttribute("aria-selected", String(on));
        button.tabIndex = on ? 0 : -1;
        id(`lu-tab-${button.dataset.tab}`).hidden = !on;
        document.body.classList.toggle(`lu-at-${button.dataset.tab}`, on);
      }
      id("lu-body").scrollTop = 0;
      if (open) fold(page, false);
    };
    buttons.forEach((button, i) => {
      button.addEventListener("click", () => show(button.dataset.tab));
      button.addEventListener("keydown", (event) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: buttons.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const next = buttons[(to + buttons.length) % buttons.length];
        next.focus();
        show(next.dataset.tab);
      });
    });
    return show;
  }

  function fold(page, folded) {
    document.body.classList.toggle("lu-folded", folded);
    const button = id("lu-fold");
    button.setAttribute("aria-expanded", String(!folded));
    language.keep(button, "aria-label", plain(folded ? "page.open_panel" : "page.close_panel"));
    page.map.invalidateSize({ pan: false });
  }

  async function ask(page, lon, lat, facility = null) {
    const inside = facts.isInside(page.shapes.boundary, lon, lat);
    page.chosen = {
      lon, lat, facility, inside,
      face: inside ? facts.faceAt(page.faces, lon, lat) : -1,
      cell: inside ? Landuse.near.cellOf(page, lon, lat) : -1,
    };
    const asked = page.chosen;
    const [nodes, ...further] = await Promise.all([place.answer(page, asked, (early) => showEarly(page, asked, early)), ...page.answers.map((tell) => tell(asked))]);
    if (page.chosen !== asked) return;
    const fromPanel = id("lu-body").contains(document.activeElement);
    id("lu-tab-place").replaceChildren(...further.flat(), ...nodes.filter(Boolean));
    if (!asked.early) page.showTab("place");
    if (fromPanel) id("lu-tab-place").focus(); // what had the focus is gone or hidden
    id("lu-said").textContent = [...document.querySelectorAll("#lu-tab-place :is(h2, .facility-answer h3, .zone-answer h3)")]
      .map(language.heard).join("。");
    page.redraw();
    keepInSight(page, lon, lat);
  }

  /* What is known at once, while the times are still being unpacked. */
  function showEarly(page, asked, nodes) {
    if (page.chosen !== asked) return;
    asked.early = true;
    id("lu-tab-place").replaceChildren(...nodes.filter(Boolean));
    page.showTab("place");
    page.redraw();
  }

  function keepInSight(page, lon, lat) {
    const at = page.map.latLngToContainerPoint([lat, lon]);
    const size = page.map.getSize();
    if (at.x < 30 || at.y < 50 || at.x > size.x - 30 || at.y > size.y - 30) page.map.panTo([lat, lon], { animate: false });
  }

  function goTo(page, lon, lat, zoom, facility = null) {
    page.map.setView([lat, lon], Math.max(page.map.getZoom(), zoom), { animate: false });
    return ask(page, lon, lat, facility);
  }

  /* ---- the map itself ---- */

  function addControls(page) {
    const { map } = page;
    L.control.zoom({ position: "topright", zoomInTitle: plain("map.zoom_in"), zoomOutTitle: plain("map.zoom_out") }).addTo(map);
    const Home = L.Control.extend({
      onAdd() {
        const button = el("button.lu-home", { type: "button", title: plain("map.home"), "aria-label": plain("map.home"), onclick: () => showWhole(page) }, "⌂");
        L.DomEvent.disableClickPropagation(button);
        return el("div.leaflet-bar", {}, button);
      },
    });
    new Home({ position: "topright" }).addTo(map);
    L.control.scale({ metric: true, imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
    page.key = el("div.lu-key", { "aria-hidden": "true" });
    const Key = L.Control.extend({ onAdd() { L.DomEvent.disableClickPropagation(page.key); return page.key; } });
    new Key({ position: "bottomright" }).addTo(map);
    page.key.append(...controls.floating(page));
    L.control.attribution({ prefix: false, position: "bottomright" }).addTo(map);
  }

  function showWhole(page) {
    const [west, south, east, north] = page.data.box;
    page.map.fitBounds([[south, west], [north, east]], { padding: [8, 8], animate: false });
  }

  function limitView(page) {
    const [west, south, east, north] = page.data.frame;
    const wide = (east - west) / 3;
    const high = (north - south) / 3;
    page.map.setMaxBounds([[south - high, west - wide], [north + high, east + wide]]);
    page.map.setMinZoom(Math.max(page.map.getZoom() - 1.5, 1));
    page.map.setMaxZoom(17);
  }

  function nearestTarget(page, point, reach) {
    const at = page.map.project(page.map.containerPointToLatLng(point));
    let best = null;
    for (const target of page.targets || []) {
      const far = Math.hypot(target.x - at.x, target.y - at.y);
      if (far <= reach && (!best || far < best.far)) best = { ...target, far };
    }
    return best && best.facility;
  }

  function listen(page) {
    const { map } = page;
    const node = map.getContainer();
    node.setAttribute("role", "application");
    language.keep(node, "aria-label", plain("map.label"));
    map.on("click", (event) => {
      if (page.capture) { page.capture(event.latlng.lng, event.latlng.lat); return; }
      const facility = nearestTarget(page, event.containerPoint, PHONE.matches ? 20 : 13);
      if (facility) ask(page, facility.lon, facility.lat, facility);
      else ask(page, event.latlng.lng, event.latlng.lat);
    });
    map.on("mousemove", (event) => {
      const facility = nearestTarget(page, event.containerPoint, 13);
      node.style.cursor = facility ? "pointer" : "";
      node.title = facility ? facility.name : "";
    });
    document.addEventListener("keydown", () => document.body.classList.add("lu-keys"));
    document.addEventListener("pointerdown", () => document.body.classList.remove("lu-keys"));
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== node) return;
      const centre = map.getCenter();
      if (page.capture) { page.capture(centre.lng, centre.lat); return; }
      ask(page, centre.lng, centre.lat);
    });
    new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(node);
  }

  function tilesOf(page) {
    const { tiles } = page.data;
    if (!tiles) return () => {};
    const credit = `<a href="${tiles.credit_url}" target="_blank" rel="noopener noreferrer">${panel.word("legend.tiles_credit").ja}</a>`;
    const layer = L.tileLayer(tiles.url, { attribution: credit, minZoom: tiles.min_zoom, maxZoom: 17, maxNativeZoom: tiles.max_zoom });
    return (on) => {
      page.tiles = on;
      if (on) layer.addTo(page.map); else layer.remove();
      page.redraw();
    };
  }

  /* Lets the map be seen before the rest is built. A page that is hidden paints no frame. */
  function painted() {
    return new Promise((done) => {
      requestAnimationFrame(() => setTimeout(done, 0));
      setTimeout(done, 200);
    });
  }

  async function open(map) {
    const data = await codec.payload(id("lu-data").textContent).catch((error) => { LanduseUnpack.sayDamaged(); throw error; });
    language.useWords(data.words);
    data.tables = await codec.json(data.tables);
    const page = await readPage(data);
    page.map = map;
    const canvas = new view.Canvas().setPainter((frame) => paint.all(frame, page));
    page.redraw = () => canvas.redraw();
    page.renewSurface = async () => {
      page.surface = await paint.surfaceOf(page);
      page.key.replaceChildren(...controls.floating(page));
      page.redraw();
    };
    page.showTiles = tilesOf(page);
    page.goTo = (lon, lat, zoom, facility = null) => goTo(page, lon, lat, zoom, facility);
    page.showFacility = (facility) => goTo(page, facility.lon, facility.lat, 14, facility);
    page.showTab = tabs(page);
    page.showTab("map");
    addControls(page);
    id("lu-layers").replaceChildren(el("div.lu-built", {}, controls.build(page)));
    id("lu-tables").replaceChildren(...tables.build(page));
    id("lu-fold").addEventListener("click", () => fold(page, !document.body.classList.contains("lu-folded")));
    map.invalidateSize({ animate: false });
    showWhole(page);
    limitView(page);
    canvas.addTo(map);
    listen(page);
    document.body.classList.add("lu-drawn");
    if (!location.hash) await painted(); // a link leads elsewhere before anything is shown
    for (const part of Landuse.parts) await part(page);
    document.body.classList.add("lu-ready");
    return page;
  }

  return async (map) => {
    if (typeof DecompressionStream === "undefined") {
      document.body.classList.add("lu-too-old");
      return null;
    }
    return open(map);
  };
})();
