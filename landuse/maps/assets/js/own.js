/* Layers of the user's own: drawn over the zones, listed in the layer control, told at a click. */
Landuse.own = (() => {
  "use strict";

  const { codec, panel, view } = Landuse;
  const { both, check, el, fact, plain, say, swatch, whole } = panel;
  const MOST_TOLD = 20; // rows of one layer that one click tells
  const MOST_LISTED = 200; // rows of one layer in its table
  const FEW = 4000; // up to here outlines and points are drawn at full size
  const BATCH = 250;
  const UNKNOWN = "#6B6B6B";

  async function readShapes(part) {
    const [shape, row] = await Promise.all([codec.topology(part.shape), codec.runningSum(part.row)]);
    return { ...shape, row };
  }

  async function readPoints(part) {
    const [lon, lat, row] = await Promise.all([part.lon, part.lat, part.row].map((text) => codec.runningSum(text)));
    const x = Float64Array.from(lon, (value) => codec.mercatorX(value / codec.LATTICE));
    const y = Float64Array.from(lat, (value) => codec.mercatorY(value / codec.LATTICE));
    return { x, y, row };
  }

  async function read(data) {
    const [areas, lines, points, code] = await Promise.all([
      readShapes(data.areas), readShapes(data.lines), readPoints(data.points), codec.ints(data.code),
    ]);
    const counts = new Array(data.classes.length + 1).fill(0);
    for (const one of code) counts[one] += 1;
    const batches = counts.map((_, number) => inBatches(areas, (feature) => code[areas.row[feature]] === number));
    return { ...data, areas, lines, points, code, counts, batches, told: null };
  }

  /* Some areas as shapes of few features each: a canvas fills many short paths far sooner than a long one. */
  function inBatches(shape, wanted) {
    const chosen = [...shape.features.keys()].filter(wanted);
    const starts = Array.from({ length: Math.ceil(chosen.length / BATCH) }, (_, i) => i * BATCH);
    return starts.map((start) => {
      const part = chosen.slice(start, start + BATCH);
      return { arcs: shape.arcs, levels: shape.levels, features: part.map((i) => shape.features[i]), boxes: part.map((i) => shape.boxes[i]) };
    });
  }

  /* ---- drawing ---- */

  /* Class numbers from the one at the bottom: 0, no data, first. */
  const numbersOf = (layer) => layer.counts.map((_, number) => number).filter((number) => layer.counts[number]);
  const colourOf = (layer, number) => (number ? layer.classes[number - 1].colour : UNKNOWN);

  /* Areas are drawn opaque on a canvas of their own and laid on as one: where some overlap,
     the colours of the legend stay. */
  function paintAreas(frame, layer) {
    if (!layer.areas.features.length) return;
    const veil = document.createElement("canvas");
    veil.width = frame.ctx.canvas.width;
    veil.height = frame.ctx.canvas.height;
    const over = { ...frame, ctx: veil.getContext("2d") };
    over.ctx.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0);
    const crowded = layer.areas.features.length > FEW && frame.zoom < 13;
    for (const number of numbersOf(layer)) {
      const style = number ? colourOf(layer, number) : view.hatch(frame, UNKNOWN, { back: "#ECECEC" });
      for (const batch of layer.batches[number]) {
        view.fill(over, batch, style, () => true, "nonzero");
        if (!crowded) view.stroke(over, batch, "rgba(29,27,32,0.7)", frame.zoom < 11 ? 0.7 : 1.2);
      }
    }
    frame.ctx.globalAlpha = layer.opacity;
    frame.ctx.drawImage(veil, 0, 0, frame.width, frame.height);
    frame.ctx.globalAlpha = 1;
  }

  function paintLines(frame, layer) {
    const { lines, code } = layer;
    if (!lines.features.length) return;
    const wide = (frame.zoom < 11 ? 1.6 : 2.8) * (lines.features.length > FEW && frame.zoom < 13 ? 0.6 : 1);
    frame.ctx.globalAlpha = Math.max(layer.opacity, 0.3);
    for (const number of numbersOf(layer)) {
      const wanted = (feature) => code[lines.row[feature]] === number;
      view.stroke(frame, lines, "rgba(255,255,255,0.8)", wide + 1.8, { closed: false, wanted });
      view.stroke(frame, lines, colourOf(layer, number), wide, { closed: false, wanted, dash: number ? [] : [5, 4] });
    }
    frame.ctx.globalAlpha = 1;
  }

  const radiusOf = (frame, points) => {
    const near = frame.zoom < 10 ? 3.4 : frame.zoom < 12.5 ? 4.4 : 6;
    return points.x.length > FEW ? near * (frame.zoom < 12.5 ? 0.45 : 0.8) : near;
  };

  function tracePoints(frame, layer, number, radius) {
    const { points, code } = layer;
    const { ctx } = frame;
    ctx.beginPath();
    for (let i = 0; i < points.x.length; i += 1) {
      if (code[points.row[i]] !== number) continue;
      const x = view.screenX(frame, points.x[i]);
      const y = view.screenY(frame, points.y[i]);
      if (x < -9 || y < -9 || x > frame.width + 9 || y > frame.height + 9) continue;
      ctx.moveTo(x + radius, y);
      ctx.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }

  function paintPoints(frame, layer) {
    const { ctx } = frame;
    const radius = radiusOf(frame, layer.points);
    ctx.globalAlpha = Math.max(layer.opacity, 0.3);
    for (const number of numbersOf(layer)) {
      tracePoints(frame, layer, number, radius);
      ctx.lineWidth = radius > 3 ? 2.6 : 1;
      ctx.strokeStyle = "#FFFFFF";
      ctx.stroke();
      // Hollow where the value is not known: no colour of the scale may stand for that.
      ctx.fillStyle = number ? colourOf(layer, number) : "#FFFFFF";
      ctx.fill();
      ctx.lineWidth = radius > 3 ? 1.1 : 0.5;
      ctx.strokeStyle = number ? "rgba(29,27,32,0.85)" : UNKNOWN;
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  /* ---- what a click finds ---- */

  function squareTo(ax, ay, bx, by, x, y) {
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const share = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    return (ax + share * (bx - ax) - x) ** 2 + (ay + share * (by - ay) - y) ** 2;
  }

  function passes(lines, feature, x, y, reach) {
    const box = lines.boxes[feature];
    if (x < box[0] - reach || y < box[1] - reach || x > box[2] + reach || y > box[3] + reach) return false;
    return lines.features[feature].some((part) => part.some((reference) => {
      const arc = lines.arcs[reference < 0 ? ~reference : reference];
      for (let i = 2; i < arc.length; i += 2) {
        if (squareTo(arc[i - 2], arc[i - 1], arc[i], arc[i + 1], x, y) <= reach * reach) return true;
      }
      return false;
    }));
  }

  /* Rows of a layer at a spot: near points and lines, areas that hold it; nearest points first. */
  function rowsAt(layer, lon, lat, zoom) {
    const x = codec.mercatorX(lon);
    const y = codec.mercatorY(lat);
    const reach = 10 / 2 ** zoom;
    const { areas, lines, points } = layer;
    const near = [];
    for (let i = 0; i < points.x.length; i += 1) {
      const far = Math.hypot(points.x[i] - x, points.y[i] - y);
      if (far <= reach) near.push([far, points.row[i]]);
    }
    const found = near.sort((a, b) => a[0] - b[0]).map(([, row]) => row);
    lines.features.forEach((_, i) => { if (passes(lines, i, x, y, reach)) found.push(lines.row[i]); });
    areas.features.forEach((_, i) => { if (codec.holds(areas, i, x, y)) found.push(areas.row[i]); });
    return [...new Set(found)];
  }

  function mark(layer, number) {
    return number ? swatch(colourOf(layer, number)) : el("span.swatch.swatch-hatch", { "aria-hidden": "true" });
  }

  const nameOf = (layer, number) => (number ? both(layer.classes[number - 1].ja, layer.classes[number - 1].en) : say("own.no_data"));

  /* What is known of a row: the column of the colours first, unless the user chose it too. */
  function rowNode(layer, row) {
    const number = layer.code[row];
    const names = layer.popup ? layer.popup.names : [];
    const coloured = layer.column && !names.includes(layer.column) ? fact(layer.column, mark(layer, number), " ", nameOf(layer, number)) : [];
    const values = names.map((name, place) => {
      const value = layer.told[place][row];
      return fact(name, name === layer.column ? [mark(layer, number), " "] : null, value === null ? say("own.no_data") : value);
    });
    return el("li", {}, el("dl", {}, coloured, values), layer.column || values.length ? null : say("own.here"));
  }

  async function layerNode(page, layer, { lon, lat }) {
    const rows = rowsAt(layer, lon, lat, page.map.getZoom());
    if (!rows.length) return null;
    if (layer.popup && !layer.told) layer.told = await codec.json(layer.popup.values);
    const more = rows.length - MOST_TOLD;
    return el("section.own-answer", {},
      el("h3", {}, layer.column ? null : mark(layer, 1), el("span", {}, layer.name)),
      el("ul.plain", {}, rows.slice(0, MOST_TOLD).map((row) => rowNode(layer, row))),
      more > 0 ? el("p.note", {}, say("own.more", { n: whole.format(more) })) : null);
  }

  function answers(page) {
    return async (asked) => {
      const nodes = await Promise.all(page.own.filter((layer) => layer.on).map((layer) => layerNode(page, layer, asked)));
      return nodes.filter(Boolean);
    };
  }

  /* ---- the layer control ---- */

  function beyond(page, layer) {
    const [west, south, east, north] = page.data.frame;
    const frame = [codec.mercatorX(west), codec.mercatorY(north), codec.mercatorX(east), codec.mercatorY(south)];
    const out = new Set();
    for (const shape of [layer.areas, layer.lines]) {
      // A shape too small for the lattice has no box: it is on the map, but not to be seen.
      shape.boxes.forEach((box, i) => { if (box[0] <= box[2] && !view.meets(box, frame)) out.add(shape.row[i]); });
    }
    const { x, y, row } = layer.points;
    row.forEach((one, i) => { if (!view.meets([x[i], y[i], x[i], y[i]], frame)) out.add(one); });
    return out.size;
  }

  function key(layer) {
    if (!layer.column) return null;
    const order = [...layer.classes.map((_, place) => place + 1), 0].filter((number) => number || layer.counts[0]);
    return el("ul.key", {}, order.map((number) => el("li", {}, mark(layer, number),
      el("span", {}, nameOf(layer, number)), el("span.count", {}, say("own.rows", { n: whole.format(layer.counts[number]) })))));
  }

  function strength(page, layer) {
    const slider = el("input", {
      type: "range", min: "0", max: "100", step: "5", "aria-label": plain("own.opacity_of", { name: layer.name }),
      oninput: () => { layer.opacity = slider.value / 100; page.redraw(); },
    });
    slider.value = layer.opacity * 100;
    return el("label.row.strength", {}, el("span.row-text", {}, say("legend.opacity")), slider);
  }

  function notes(page, layer) {
    const out = beyond(page, layer);
    return [
      layer.unplaced ? el("p.note.missing", {}, say("own.unplaced", { n: whole.format(layer.unplaced) })) : null,
      out ? el("p.note", {}, say("own.beyond", { n: whole.format(out) })) : null,
      layer.rows ? null : el("p.note", {}, say("own.empty")),
    ];
  }

  /* Somewhere on each row: its first point, or the middle of the box of its first line or area. */
  function spots(page, layer) {
    const found = new Map();
    const put = (row, x, y) => { if (Number.isFinite(x + y) && !found.has(row)) found.set(row, page.map.unproject([x, y], 0)); };
    layer.points.row.forEach((row, i) => put(row, layer.points.x[i], layer.points.y[i]));
    for (const shape of [layer.lines, layer.areas]) {
      shape.boxes.forEach(([west, north, east, south], i) => put(shape.row[i], (west + east) / 2, (north + south) / 2));
    }
    return found;
  }

  function tableRow(page, layer, row, spot) {
    const values = layer.popup ? layer.popup.names.map((_, place) => layer.told[place][row] ?? say("own.no_data")) : [];
    const at = spot
      ? el("button.link", { type: "button", "aria-label": plain("own.go_to", { n: row + 1 }), onclick: () => page.goTo(spot.lng, spot.lat, 13) }, String(row + 1))
      : String(row + 1);
    const cells = [...(layer.column ? [[mark(layer, layer.code[row]), " ", nameOf(layer, layer.code[row])]] : []), ...values];
    return el("tr", {}, el("th", { scope: "row" }, at), cells.map((cell) => el("td", {}, cell)));
  }

  /* The same facts for people who cannot see the map, or would rather read. */
  async function listing(page, layer) {
    if (layer.popup && !layer.told) layer.told = await codec.json(layer.popup.values);
    const found = spots(page, layer);
    const heads = [say("own.row"), ...(layer.column ? [layer.column] : []), ...(layer.popup ? layer.popup.names : [])];
    const rows = [...layer.code.keys()].slice(0, MOST_LISTED).map((row) => tableRow(page, layer, row, found.get(row)));
    const more = layer.rows - rows.length;
    return [
      el("div.table-wrap", { tabindex: "0", role: "region", "aria-label": layer.name },
        el("table", {}, el("caption.hidden", {}, layer.name),
          el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows))),
      more > 0 ? el("p.note", {}, say("own.more", { n: whole.format(more) })) : null,
    ].filter(Boolean);
  }

  function asTable(page, layer) {
    if (!layer.rows) return null;
    const body = el("div.own-table");
    const node = el("details", { ontoggle: async () => { if (node.open) body.replaceChildren(...await listing(page, layer)); } },
      el("summary", {}, say("own.table")), body);
    return node;
  }

  function layerControl(page, layer) {
    const { box, row } = check(el("span", {}, layer.name), {
      checked: layer.on,
      before: layer.column ? null : mark(layer, 1),
      after: el("span.count", {}, say("own.rows", { n: whole.format(layer.rows) })),
      onchange: (on) => { layer.on = on; page.renewOwnKey(); page.redraw(); },
    });
    layer.show = (on) => { layer.on = on; box.checked = on; page.renewOwnKey(); };
    return el("div.own-layer", {}, row, layer.column ? el("p.own-column", {}, layer.column) : null, key(layer),
      ...notes(page, layer), strength(page, layer), asTable(page, layer));
  }

  function control(page) {
    return el("details.group.own", { open: true }, el("summary", {}, say("own.title")),
      page.own.map((layer) => layerControl(page, layer)).reverse());
  }

  /* Names and colours of the layers that are shown. */
  function keys(page) {
    return (page.own || []).filter((layer) => layer.on).flatMap((layer) => [
      el("div.key-title", {}, layer.column ? null : mark(layer, 1), layer.name), key(layer),
    ]).filter(Boolean);
  }

  /* The key on the map itself, for when the panel shows something else. */
  function floatingKey(page) {
    const node = el("div.lu-key.own-key", { "aria-hidden": "true" });
    const renew = () => node.replaceChildren(...keys(page));
    const Key = L.Control.extend({ onAdd() { L.DomEvent.disableClickPropagation(node); return node; } });
    new Key({ position: "bottomright" }).addTo(page.map);
    renew();
    return renew;
  }

  async function join(page) {
    const layers = await Promise.all((page.data.own || []).map(read));
    page.own = layers.map((layer) => ({ ...layer, on: true }));
    // What a link restores: a set of the places of the layers that are shown.
    page.state.own = {
      has: (place) => page.own[place].on, add: (place) => page.own[place].show(true), delete: (place) => page.own[place].show(false),
    };
    if (!page.own.length) return;
    const paint = (one) => (frame) => page.own.filter((layer) => layer.on).forEach((layer) => one(frame, layer));
    page.painters.areas.push(paint(paintAreas));
    page.painters.marks.push(paint(paintLines), paint(paintPoints));
    page.answers.push(answers(page));
    document.getElementById("lu-layers").prepend(control(page));
    page.renewOwnKey = floatingKey(page);
    page.redraw();
  }

  Landuse.parts.push(join);
  return { keys, rowsAt };
})();
