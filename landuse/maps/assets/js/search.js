/* The search box: answers as one types, by mouse, finger or keyboard, and says what it found. */
Landuse.search = (() => {
  "use strict";

  const { facts, find, language, panel, spots } = Landuse;
  const { el, plain, say, sign } = panel;
  const id = (name) => document.getElementById(name);
  const ZOOMS = { town: 14, place: 13, facility: 15, point: 15, "80km": 8, "10km": 11.5, "1km": 14, "500m": 15, "250m": 15.5, cell: 16 };

  async function finderOf(page) {
    const { data } = page;
    const { ground } = data;
    const points = [...ground.stations, ...ground.gateways].map((one) => ({ name: one.ja, name_en: one.en, lon: one.lon, lat: one.lat }));
    const areas = [ground.lakes, ground.districts].flatMap((layer) => layer.names.map(([name, english], i) => (
      { name, name_en: english, lon: layer.at[i][0], lat: layer.at[i][1] })));
    const listed = new Set(data.facilities.map((facility) => facility.name));
    return new find.Finder({
      towns: page.towns,
      places: [...points, ...areas].filter((place) => place.name && !listed.has(place.name)),
      facilities: data.facilities,
      services: data.services,
      part: await Landuse.codec.json(data.search),
    });
  }

  /* Folds the names while nothing else is to be done; `then` once all are. */
  function prepare(finder, then) {
    const until = performance.now() + 8;
    let done = finder.prepare(50);
    while (!done && performance.now() < until) done = finder.prepare(50);
    if (done) then(); else setTimeout(() => prepare(finder, then), 0);
  }

  function spotHit(page, spot) {
    const [west, south, east, north] = page.data.frame;
    const outside = spot.lon < west || spot.lon > east || spot.lat < south || spot.lat > north;
    if (spot.kind === "point") return { ...spot, name: `${spot.lat.toFixed(5)}, ${spot.lon.toFixed(5)}`, how: outside ? "beyond" : "point", kind: "point", outside };
    return { ...spot, name: spot.code, how: outside ? "beyond" : `mesh_${spot.mesh}`, kind: spot.mesh, outside };
  }

  function answersTo(page, finder, query) {
    const read = spots.read(query).map((spot) => spotHit(page, spot));
    if (read.length) return { hits: read, more: 0, capped: false };
    const centre = page.map.getCenter();
    return finder.query(query, { lon: centre.lng, lat: centre.lat });
  }

  function remark(page, hit) {
    if (hit.lon === null) return say("search.unplaced");
    if (["within", "unnumbered", "near", "guess", "beyond"].includes(hit.how) || hit.how.startsWith("mesh_")) return say(`find.${hit.how}`);
    if (hit.kind === "facility") return hit.facility.address || say("search.facility");
    const district = hit.kind === "town" ? page.data.districts[hit.district] : null;
    return district ? panel.named(district) : say(hit.kind === "town" ? "search.town" : "search.spot");
  }

  /* Boxes over one another, each row one choice: what a combobox shows. */
  function row(page, hit, place, choose) {
    const services = hit.facility ? hit.facility.services : [];
    const english = hit.kind === "town" ? hit.name_en : "";
    const off = hit.lon === null || hit.outside;
    const node = el(`li.hit${off ? ".missing" : ""}`, { role: "option", id: `lu-hit-${place}`, "aria-selected": "false", "aria-disabled": off ? "true" : null },
      services.length ? sign(page.data.services[services[0]]) : null,
      el("span.hit-name", {}, hit.name, english ? el("span.en", { lang: "en" }, english) : null),
      el(`span.hit-more${["within", "unnumbered", "near", "guess"].includes(hit.how) ? ".caution" : ""}`, {}, remark(page, hit)));
    // Before the input loses the focus, which would close the list.
    node.addEventListener("pointerdown", (event) => event.preventDefault());
    if (!off) node.addEventListener("click", () => choose(hit));
    return node;
  }

  class Box {
    constructor(page, finder) {
      Object.assign(this, { page, finder, input: id("lu-query"), list: id("lu-hits"), hits: [], active: -1, ready: false });
      this.count = el("p.hidden", { role: "status", id: "lu-hit-count" });
      this.note = el("p.search-note", { role: "status", id: "lu-search-note", hidden: true });
      this.list.after(this.count, this.note);
      for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "lu-hits", "aria-expanded": "false", "aria-haspopup": "listbox" })) this.input.setAttribute(name, value);
      this.list.setAttribute("role", "listbox");
      language.keep(this.list, "aria-label", language.spoken("find.results"));
      this.listen();
    }

    listen() {
      const { input } = this;
      input.addEventListener("input", () => this.look());
      input.addEventListener("focus", () => this.look());
      input.addEventListener("blur", () => this.close());
      input.addEventListener("keydown", (event) => this.press(event));
      document.addEventListener("pointerdown", (event) => { if (!event.target.closest("#lu-search")) this.close(); });
      document.addEventListener("lu-language", () => this.close());
    }

    close() {
      this.list.replaceChildren();
      this.list.hidden = true;
      this.hits = [];
      this.mark(-1);
      this.input.setAttribute("aria-expanded", "false");
    }

    look() {
      const query = this.input.value.trim();
      if (!query || !this.ready) { this.close(); return; }
      const { hits, more, capped } = answersTo(this.page, this.finder, query);
      this.hits = hits;
      this.list.replaceChildren(...hits.map((hit, i) => row(this.page, hit, i, (one) => this.choose(one))));
      if (more) this.list.append(el("li.more", { role: "presentation" }, say(capped ? "find.more_than" : "find.more", { n: more })));
      if (!hits.length) this.list.append(el("li.missing", { role: "option", "aria-selected": "false", "aria-disabled": "true" }, say("find.none", { q: query })));
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      this.mark(-1);
      this.announce(hits.length ? plain("find.count", { n: hits.length + more }) : plain("find.none", { q: query }));
    }

    /* Once one stops typing, so that a screen reader is not cut short at every key. */
    announce(text) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.count.textContent = text; }, 500);
    }

    mark(place) {
      this.active = place;
      [...this.list.querySelectorAll("[role=option]")].forEach((node, i) => node.setAttribute("aria-selected", String(i === place)));
      if (place < 0) { this.input.removeAttribute("aria-activedescendant"); return; }
      this.input.setAttribute("aria-activedescendant", `lu-hit-${place}`);
      id(`lu-hit-${place}`).scrollIntoView({ block: "nearest" });
    }

    press(event) {
      // Enter and arrows that belong to an input method are not for the list.
      if (event.isComposing || event.keyCode === 229) return;
      const count = this.hits.length;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") {
        if (!this.list.hidden) event.preventDefault();
        this.close();
      } else if (step) {
        event.preventDefault();
        if (this.list.hidden) this.look();
        else if (count) this.mark(this.active < 0 ? (step > 0 ? 0 : count - 1) : (this.active + step + count) % count);
      } else if (event.key === "Enter") {
        if (this.list.hidden) this.look();
        const usable = (hit) => hit && hit.lon !== null && !hit.outside;
        const hit = this.active >= 0 ? this.hits[this.active] : this.hits.find(usable);
        if (usable(hit)) this.choose(hit);
      }
    }

    choose(hit) {
      const query = this.input.value.trim();
      const about = { within: "find.note_within", unnumbered: "find.note_unnumbered", near: "find.note_unnumbered", guess: "find.note_guess" }[hit.how];
      this.note.replaceChildren(...(about ? say(about, { q: query, town: { ja: hit.name, en: hit.name_en } }) : []));
      this.note.hidden = !about;
      this.close();
      this.page.goTo(hit.lon, hit.lat, ZOOMS[hit.kind] || 14, hit.facility || null);
    }
  }

  async function start(page) {
    const finder = await finderOf(page);
    const box = new Box(page, finder);
    page.finder = finder;
    prepare(finder, () => {
      box.ready = true;
      if (document.activeElement === box.input) box.look();
    });
  }

  Landuse.parts.push(start);

  return { answersTo, finderOf };
})();
