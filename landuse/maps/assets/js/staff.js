/* What only the office sees: the tab of tools, put together from the modules before. */
Landuse.staff = (() => {
  "use strict";

  const { claims, codec, download, facts, filter, measure, overlaps, panel, reply, view } = Landuse;
  const { el, say } = panel;

  function section(key, open, nodes) {
    return el("details.group.work", open ? { open: true, id: `lu-work-${key}` } : { id: `lu-work-${key}` },
      el("summary", {}, say(`work.${key}`)), nodes);
  }

  /* What takes time to count is made when its section is opened for the first time. */
  function later(key, make) {
    const place = el("div");
    const node = section(key, false, [place]);
    const fill = () => { if (node.open && !place.childNodes.length) place.append(...make()); };
    node.addEventListener("toggle", fill);
    return node;
  }

  /* Presses a control of the layer panel, so that what it shows stays true. */
  function press(selector, value, event) {
    const node = document.querySelector(selector);
    if (!node) return;
    if (event === "change") node.value = value;
    else node.checked = true;
    node.dispatchEvent(new Event("change"));
  }

  /* The town's cells, the box of those where people live, and the map coloured by minutes to one service. */
  function showTown(page, name, service) {
    const { cells, data } = page;
    const number = cells ? cells.towns.indexOf(name) + 1 : 0;
    if (!number) return;
    const own = [...cells.town.keys()].filter((cell) => cells.town[cell] === number);
    const place = data.services.findIndex((one) => one.key === service);
    press("#lu-layers input[name=lu-paint][value=minutes]", null, "check");
    press("#lu-layers .paint-service, #lu-layers fieldset + select", String(place), "change");
    page.town = { name, cells: own };
    const lived = own.filter((cell) => cells.people[cell] > 0);
    const boxes = (lived.length ? lived : own).map((cell) => facts.cellBox(cells, cell));
    page.map.fitBounds([
      [Math.min(...boxes.map((box) => box[1])), Math.min(...boxes.map((box) => box[0]))],
      [Math.max(...boxes.map((box) => box[3])), Math.max(...boxes.map((box) => box[2]))],
    ], { padding: [50, 50], maxZoom: 15, animate: false });
    page.redraw();
  }

  function paintTown(frame, page) {
    if (!page.town) return;
    const { ctx } = frame;
    const own = new Set(page.town.cells);
    const { cells } = page;
    ctx.beginPath();
    for (const cell of page.town.cells) outlineCell(frame, cells, cell, own);
    for (const [style, width] of [["#FFFFFF", 5], ["#1D1B20", 2.4]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = width;
      ctx.stroke();
    }
  }

  /* The sides of a cell beyond which lies another town. */
  function outlineCell(frame, cells, cell, own) {
    const [west, south, east, north] = facts.cellBox(cells, cell);
    const at = cells.flat[cell];
    const inside = (step, wraps) => !wraps && own.has(cells.at[at + step]);
    const col = at % cells.n_cols;
    const x = [west, east].map((lon) => view.screenX(frame, codec.mercatorX(lon)));
    const y = [south, north].map((lat) => view.screenY(frame, codec.mercatorY(lat)));
    const side = (x1, y1, x2, y2) => { frame.ctx.moveTo(x1, y1); frame.ctx.lineTo(x2, y2); };
    if (!inside(-1, col === 0)) side(x[0], y[0], x[0], y[1]);
    if (!inside(1, col === cells.n_cols - 1)) side(x[1], y[0], x[1], y[1]);
    if (!inside(-cells.n_cols, false)) side(x[0], y[0], x[1], y[0]);
    if (!inside(cells.n_cols, false)) side(x[0], y[1], x[1], y[1]);
  }

  async function start(page) {
    if (!page.staff) return;
    await filter.start(page);
    page.painters.zones = (frame) => filter.paint(frame, page);
    page.painters.under.push((frame) => filter.outline(frame, page));
    page.painters.over.push((frame) => paintTown(frame, page));
    page.showTown = (name, service) => showTown(page, name, service);
    filter.chip(page);
    reply.start(page);
    const parts = [
      page.data.compare ? section("compare", true, await Landuse.compare.build(page)) : null,
      section("filter", !page.data.compare, filter.build(page)),
      section("measure", false, measure.build(page)),
      section("reply", false, reply.build(page)),
      later("overlaps", () => overlaps.build(page)),
      later("claims", () => claims.build(page)),
      later("download", () => download.build(page)),
    ];
    document.getElementById("lu-tab-work").replaceChildren(...parts.filter(Boolean));
    if (page.data.compare && !window.location.hash) page.showTab("work");
  }

  Landuse.parts.push(start);

  return { showTown };
})();
