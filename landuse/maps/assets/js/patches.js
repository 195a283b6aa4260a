/* The patches of each zone as a list, so that whoever cannot point at the map reaches them all. */
Landuse.patches = (() => {
  "use strict";

  const { codec, facts, panel } = Landuse;
  const { choice, el, named, plain, say, table, whole } = panel;
  const MOST = 30; // rows shown at once

  /* A spot well inside a patch (zoom-0 pixels): the middle of its widest stretch on five lines. */
  function spotIn(shape, feature) {
    const [, top, , bottom] = shape.boxes[feature];
    let best = { wide: -1 };
    for (const share of [0.5, 0.3, 0.7, 0.15, 0.85]) {
      const y = top + (bottom - top) * share;
      const cuts = crossings(shape, feature, y).sort((a, b) => a - b);
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        const wide = cuts[i + 1] - cuts[i];
        if (wide > best.wide) best = { wide, x: (cuts[i] + cuts[i + 1]) / 2, y };
      }
    }
    return best;
  }

  function crossings(shape, feature, y) {
    const cuts = [];
    for (const reference of shape.features[feature].flat()) {
      const arc = shape.arcs[reference < 0 ? ~reference : reference];
      for (let i = 2; i < arc.length; i += 2) {
        if (arc[i - 1] > y !== arc[i + 1] > y) {
          cuts.push(arc[i - 2] + ((y - arc[i - 1]) / (arc[i + 1] - arc[i - 1])) * (arc[i] - arc[i - 2]));
        }
      }
    }
    return cuts;
  }

  function lonLat({ x, y }) {
    const angle = Math.PI * (1 - (2 * y) / 256);
    return [(x / 256) * 360 - 180, (Math.atan(Math.sinh(angle)) * 180) / Math.PI];
  }

  /* The town of a spot, of its cell. */
  function townAt(page, lon, lat) {
    const cell = facts.cellAt(page.cells, lon, lat);
    return cell < 0 ? "" : page.cells.towns[page.cells.town[cell] - 1] || "";
  }

  function areaOf(area) {
    return area >= 100000 ? `${(area / 1e6).toFixed(2)} km²` : `${whole.format(area)} m²`;
  }

  function rowsOf(page, zone) {
    return page.faces.features.map((_, face) => face)
      .filter((face) => page.zoneOf(face) === zone)
      .sort((a, b) => page.faces.area[b] - page.faces.area[a]);
  }

  function list(page, zone, most) {
    const faces = rowsOf(page, zone);
    const rows = faces.slice(0, most).map((face, rank) => {
      const spot = lonLat(spotIn(page.faces, face));
      return { rank: rank + 1, face, spot, town: townAt(page, ...spot) };
    });
    const go = (row) => el("button.small", {
      type: "button", "aria-label": plain("patches.show_one", { n: row.rank, town: row.town }), onclick: () => page.goTo(...row.spot, 12),
    }, say("patches.show"));
    const more = faces.length > most ? el("button.small", { type: "button", onclick: (event) => {
      const place = event.target.closest(".patches");
      place.replaceChildren(...list(page, zone, most + MOST));
      place.querySelectorAll("tbody button")[most].focus();
    } }, say("patches.more", { n: faces.length - most })) : null;
    return [table("patches.title", [
      { head: say("patches.rank"), cell: (row) => String(row.rank) },
      { head: say("patches.near"), cell: (row) => row.town || "—" },
      { head: say("legend.area"), number: true, cell: (row) => areaOf(page.faces.area[row.face]) },
      { head: say("patches.map"), cell: go },
    ], rows), more].filter(Boolean);
  }

  function start(page) {
    const shown = el("div.patches");
    const renew = (zone) => shown.replaceChildren(...list(page, zone, MOST));
    const used = [...page.data.zones.keys()].filter((zone) => rowsOf(page, zone).length);
    if (!used.length) return;
    const pick = choice(plain("legend.zone"), used.map((zone) => [zone, named(page.data.zones[zone])]), used[0], (value) => renew(Number(value)));
    const group = el("details.group", { ontoggle: () => { if (group.open && !shown.childElementCount) renew(Number(pick.value)); } },
      el("summary", {}, say("patches.title")), el("p.note", {}, say("patches.hint")), el("div.choices", {}, pick), shown);
    document.getElementById("lu-tables").append(group);
  }

  Landuse.parts.push(start);

  return { spotIn };
})();
