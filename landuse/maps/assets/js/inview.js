/* How large each zone is within the view, and who lives there: areas cut exactly at its edges. */
Landuse.inView = (() => {
  "use strict";

  const { codec, panel } = Landuse;
  const { el, grade, named, say, swatch } = panel;
  const id = (name) => document.getElementById(name);
  const WAIT_MS = 200;

  /* Height of a latitude on a map that keeps areas (Lambert's cylinder), from Mercator's. */
  function level(y) { return Math.tanh(Math.PI * (1 - y / 128)); }

  /* Cuts a ring [x, y, x, y …] along one side of a box (Sutherland and Hodgman 1974). */
  function cutBy(ring, axis, limit, sign) {
    const out = [];
    const inside = (i) => sign * (ring[i + axis] - limit) <= 0;
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      if (inside(i) !== inside(j)) {
        const share = (limit - ring[j + axis]) / (ring[i + axis] - ring[j + axis]);
        const point = [ring[j] + share * (ring[i] - ring[j]), ring[j + 1] + share * (ring[i + 1] - ring[j + 1])];
        point[axis] = limit;
        out.push(...point);
      }
      if (inside(i)) out.push(ring[i], ring[i + 1]);
    }
    return out;
  }

  function cutRing(ring, [west, south, east, north]) {
    return [[0, west, -1], [0, east, 1], [1, south, -1], [1, north, 1]]
      .reduce((rest, [axis, limit, sign]) => (rest.length ? cutBy(rest, axis, limit, sign) : rest), ring);
  }

  function areaOf(ring) {
    let twice = 0;
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      // From the first corner, lest small rings far from the origin lose their digits.
      twice += (ring[j] - ring[0]) * (ring[i + 1] - ring[1]) - (ring[i] - ring[0]) * (ring[j + 1] - ring[1]);
    }
    return Math.abs(twice) / 2;
  }

  /* The first ring of a face is its outline, the others are holes. */
  function netArea(rings) {
    return rings.reduce((sum, ring, place) => sum + (place ? -1 : 1) * areaOf(ring), 0);
  }

  class Faces {
    constructor(faces) {
      this.faces = faces;
      this.arcs = faces.arcs.map((arc) => arc.map((value, i) => (i % 2 ? level(value) : value)));
      this.boxes = faces.boxes.map(([west, north, east, south]) => [west, level(south), east, level(north)]);
      this.whole = new Float64Array(faces.features.length).fill(-1);
    }

    rings(feature) {
      return this.faces.features[feature].map((ring) => ring.flatMap((reference) => {
        const arc = this.arcs[reference < 0 ? ~reference : reference];
        const points = [];
        for (let k = 0; k < arc.length; k += 2) {
          const i = reference < 0 ? arc.length - 2 - k : k;
          points.push(arc[i], arc[i + 1]);
        }
        return points;
      }));
    }

    /* The share of a face within a box, from 0 to 1. */
    share(feature, box) {
      const own = this.boxes[feature];
      if (own[0] >= box[2] || own[2] <= box[0] || own[1] >= box[3] || own[3] <= box[1]) return 0;
      if (own[0] >= box[0] && own[2] <= box[2] && own[1] >= box[1] && own[3] <= box[3]) return 1;
      const rings = this.rings(feature);
      if (this.whole[feature] < 0) this.whole[feature] = netArea(rings);
      const part = netArea(rings.map((ring) => cutRing(ring, box)));
      return this.whole[feature] > 0 ? Math.min(1, Math.max(0, part / this.whole[feature])) : 0;
    }
  }

  function boxOf({ west, south, east, north }) {
    return [codec.mercatorX(west), level(codec.mercatorY(south)), codec.mercatorX(east), level(codec.mercatorY(north))];
  }

  /* m² of each zone within bounds in degrees; `measured` are those of the faces as measured. */
  function areas(page, bounds) {
    page.inViewFaces ||= new Faces(page.faces);
    const box = boxOf(bounds);
    const [west, south, east, north] = page.data.box;
    const all = bounds.west <= west && bounds.south <= south && bounds.east >= east && bounds.north >= north;
    const sums = new Array(page.data.zones.length).fill(0);
    page.faces.features.forEach((_, face) => {
      const share = all ? 1 : page.inViewFaces.share(face, box);
      const zone = page.zoneOf(face);
      if (share > 0 && zone >= 0) sums[zone] += share * page.faces.area[face];
    });
    return { sums, all };
  }

  /* People of each zone in cells whose middle lies within the bounds. */
  function people(page, lived, { west, south, east, north }) {
    const { cells } = page;
    const sums = new Array(page.data.zones.length + 1).fill(0);
    lived.cells.forEach((cell, i) => {
      const lat = (Math.floor(cells.flat[cell] / cells.n_cols) + cells.row + 0.5) / 1200;
      const lon = ((cells.flat[cell] % cells.n_cols) + cells.col + 0.5) / 800 + 100;
      if (lat >= south && lat < north && lon >= west && lon < east) sums[lived.zones[i]] += cells.people[cell];
    });
    return sums.map((tenths, zone) => (lived.tenths[zone] ? (tenths / lived.tenths[zone]) * lived.people[zone] : 0)).slice(1);
  }

  async function readLived(page) {
    const part = page.data.people_zones;
    if (!page.cells || !part) return null;
    const zones = await codec.ints(part.zones);
    const cells = [...page.cells.people.keys()].filter((cell) => page.cells.people[cell] > 0);
    const tenths = part.people.map(() => 0);
    cells.forEach((cell, i) => { tenths[zones[i]] += page.cells.people[cell]; });
    return { cells, zones, tenths, people: part.people };
  }

  const km2 = new Intl.NumberFormat("ja-JP", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  function peopleText(count) {
    return count > 0 && count < 0.5 ? say("place.people_under_one") : panel.whole.format(count);
  }

  function rows(page, sums, counts) {
    const total = sums.reduce((sum, area) => sum + area, 0);
    const cellsOf = (area, share, count) => [
      el("td.number", {}, `${km2.format(area / 1e6)} km²`),
      el("td.number", {}, total > 0 ? `${(100 * share).toFixed(1)}%` : "–"),
      counts ? el("td.number", {}, peopleText(count)) : null,
    ];
    const body = page.data.zones.map((zone, i) => el("tr", {},
      el("th", { scope: "row" }, el("div.zone-name", {}, swatch(zone.colour), el("span", {}, named(zone)))),
      cellsOf(sums[i], sums[i] / total, counts && counts[i])));
    const foot = el("tr.total", {}, el("th", { scope: "row" }, say("inview.total")),
      cellsOf(total, 1, counts && counts.reduce((sum, count) => sum + count, 0)));
    return [el("tbody", {}, body), el("tfoot", {}, foot)];
  }

  function tableOf(page, { sums, all }, counts) {
    const head = ["legend.zone", "legend.area", "legend.share", ...(counts ? ["inview.people"] : [])]
      .map((key, place) => el(`th${place ? ".number" : ""}`, { scope: "col" }, say(key)));
    const some = sums.some((area) => area > 0);
    return [
      el("table.legend.in-view", {},
        el("caption", {}, say(all ? "inview.title_all" : "inview.title")),
        el("thead", {}, el("tr", {}, head)), rows(page, sums, counts)),
      some ? null : el("p.note", {}, say("inview.none")),
      counts ? el("p.note", {}, grade(page.data.people_grade), " ", say("inview.note")) : null,
    ].filter(Boolean);
  }

  function boundsOf(map) {
    const bounds = map.getBounds();
    return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
  }

  async function start(page) {
    const place = id("lu-in-view");
    if (!place) return;
    const lived = await readLived(page);
    let timer = 0;
    const renew = () => {
      if (id("lu-tab-map").hidden) return;
      const bounds = boundsOf(page.map);
      page.inView = { ...areas(page, bounds), people: lived && people(page, lived, bounds) };
      place.replaceChildren(...tableOf(page, page.inView, page.inView.people));
    };
    const soon = () => { clearTimeout(timer); timer = setTimeout(renew, WAIT_MS); };
    page.map.on("moveend resize", soon);
    id("lu-to-map").addEventListener("click", soon);
    renew();
  }

  Landuse.parts.push(start);

  return { Faces, areaOf, areas, cutRing, level };
})();
