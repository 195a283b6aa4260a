/* Measures lengths and areas on the map, by mouse, by touch or by keyboard. */
Landuse.measure = (() => {
  "use strict";

  const { codec, geodesy, panel, view } = Landuse;
  const { el, plain, say } = panel;

  function lengthText(metres) {
    return metres < 1000
      ? `${metres.toLocaleString("ja-JP", { maximumFractionDigits: 0 })} m`
      : `${(metres / 1000).toLocaleString("ja-JP", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} km`;
  }

  function areaText(metres2) {
    const hectares = `${(metres2 / 1e4).toLocaleString("ja-JP", { maximumFractionDigits: 2 })} ha`;
    if (metres2 < 1e4) return `${metres2.toLocaleString("ja-JP", { maximumFractionDigits: 0 })} m²`;
    return metres2 < 1e6 ? hectares : `${(metres2 / 1e6).toLocaleString("ja-JP", { maximumFractionDigits: 3 })} km²（${hectares}）`;
  }

  function result(tool) {
    const { points, kind } = tool;
    if (kind === "line") return points.length < 2 ? say("measure.first") : say("measure.length", { x: lengthText(geodesy.length(points)), n: points.length });
    if (points.length < 3) return say("measure.first_area");
    if (geodesy.crossesItself(points)) return el("span.missing", {}, say("measure.crosses"));
    const round = geodesy.length([...points, points[0]]);
    return say("measure.area_result", { x: areaText(geodesy.area(points)), y: lengthText(round), n: points.length });
  }

  function paint(frame, tool) {
    const { points, kind } = tool;
    if (!tool.on || !points.length) return;
    const { ctx } = frame;
    const spots = points.map(([lon, lat]) => [view.screenX(frame, codec.mercatorX(lon)), view.screenY(frame, codec.mercatorY(lat))]);
    ctx.beginPath();
    spots.forEach(([x, y], i) => { if (i) ctx.lineTo(x, y); else ctx.moveTo(x, y); });
    if (kind === "area" && spots.length > 2) {
      ctx.closePath();
      ctx.fillStyle = "rgba(200,30,110,0.16)";
      ctx.fill("evenodd");
    }
    for (const [style, width] of [["#FFFFFF", 6], ["#B0175F", 3]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = width;
      ctx.lineJoin = "round";
      ctx.stroke();
    }
    for (const [x, y] of spots) {
      ctx.beginPath();
      ctx.arc(x, y, 5, 0, 2 * Math.PI);
      ctx.fillStyle = "#FFFFFF";
      ctx.fill();
      ctx.lineWidth = 2.5;
      ctx.strokeStyle = "#B0175F";
      ctx.stroke();
    }
  }

  /* One tool for the page: begin("line" or "area"), undo, clear, end. */
  function make(page) {
    const tool = { on: false, kind: "line", points: [], page };
    const tell = () => { page.redraw(); document.dispatchEvent(new CustomEvent("lu-measure")); };
    tool.begin = (kind) => {
      Object.assign(tool, { on: true, kind, points: [] });
      page.capture = (lon, lat) => { tool.points.push([lon, lat]); tell(); };
      document.body.classList.add("lu-measuring");
      page.map.doubleClickZoom.disable();
      tell();
    };
    tool.undo = () => { tool.points.pop(); tell(); };
    tool.clear = () => { tool.points.length = 0; tell(); };
    tool.end = () => {
      Object.assign(tool, { on: false, points: [] });
      page.capture = null;
      document.body.classList.remove("lu-measuring");
      page.map.doubleClickZoom.enable();
      tell();
    };
    page.painters.over.push((frame) => paint(frame, tool));
    page.map.getContainer().addEventListener("keydown", (event) => {
      if (!tool.on) return;
      if (event.key === "Backspace") { event.preventDefault(); tool.undo(); }
      if (event.key === "Escape") tool.end();
    });
    return tool;
  }

  /* Stands on the map while measuring: the figure, and what can be done. */
  function box(page, tool) {
    const told = el("p.measure-told", { role: "status" });
    const node = el("div.lu-measure", { hidden: true }, told, el("div.all", {},
      el("button.small", { type: "button", onclick: tool.undo }, say("measure.undo")),
      el("button.small", { type: "button", onclick: tool.clear }, say("measure.clear")),
      el("button.small", { type: "button", onclick: tool.end }, say("measure.end"))));
    const Box = L.Control.extend({ onAdd() { L.DomEvent.disableClickPropagation(node); return node; } });
    new Box({ position: "topleft" }).addTo(page.map);
    document.addEventListener("lu-measure", () => {
      node.hidden = !tool.on;
      told.replaceChildren(...[result(tool)].flat());
    });
  }

  /* On a phone the panel covers half the map: fold it while points are set. */
  function showMap() {
    const phone = window.matchMedia("(max-width: 720px)").matches;
    if (phone && !document.body.classList.contains("lu-folded")) document.getElementById("lu-fold").click();
  }

  function build(page) {
    const tool = make(page);
    page.measure = tool;
    box(page, tool);
    const begin = (kind) => el("button.tool", { type: "button", "data-measure": kind, "aria-pressed": "false", onclick: () => {
      if (tool.on && tool.kind === kind) { tool.end(); return; }
      tool.begin(kind);
      showMap();
      page.map.getContainer().focus({ preventScroll: true });
    } }, say(`measure.${kind}`));
    const buttons = ["line", "area"].map(begin);
    document.addEventListener("lu-measure", () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(tool.on && button.dataset.measure === tool.kind));
    });
    return [
      el("div.tools", { role: "group", "aria-label": plain("measure.title") }, buttons),
      el("p.note", {}, say("measure.hint")),
      el("p.note", {}, say("measure.how")),
    ];
  }

  return { areaText, build, lengthText };
})();
