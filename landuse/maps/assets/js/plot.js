/* The map drawn for paper: at a true scale, with a bar that measures it and an arrow to the north. */
Landuse.plot = (() => {
  "use strict";

  const { codec, paint, panel } = Landuse;
  const { el } = panel;

  const MM_PER_PX = 25.4 / 96; // a pixel of CSS is a 96th of an inch, on paper exactly
  const EQUATOR_M = 6378137; // GRS 80, as JGD 2011
  const ECCENTRICITY_2 = 0.00669438002290;
  const SCALES = [2500, 5000, 10000, 15000, 25000, 50000, 75000, 100000, 150000, 200000, 250000, 300000, 400000, 500000, 600000, 750000, 1000000];
  const RATIO = 3; // 288 dots per inch
  const BAR_MM = 60;

  /* Metres along a parallel that one pixel of zoom 0 stands for: 2 pi N cos(lat) / 256. */
  function metresPerPixel(lat) {
    const angle = (lat * Math.PI) / 180;
    const normal = EQUATOR_M / Math.sqrt(1 - ECCENTRICITY_2 * Math.sin(angle) ** 2);
    return (2 * Math.PI * normal * Math.cos(angle)) / 256;
  }

  /* The zoom at which paper shows 1 : `denominator` along the parallel `lat`. */
  function zoomOf(denominator, lat) {
    return Math.log2((metresPerPixel(lat) * 1000) / (denominator * MM_PER_PX));
  }

  /* The largest round scale at which some bounds fit into a map of so many millimetres. */
  function fitting({ west, south, east, north }, wideMm, highMm) {
    const lat = (south + north) / 2;
    const spans = [codec.mercatorX(east) - codec.mercatorX(west), codec.mercatorY(south) - codec.mercatorY(north)];
    const needed = Math.max(spans[0] / wideMm, spans[1] / highMm) * metresPerPixel(lat) * 1000;
    return SCALES.find((scale) => scale >= needed * 0.999) || SCALES[SCALES.length - 1];
  }

  function frameOf(ctx, { lon, lat, denominator, wideMm, highMm }) {
    const [width, height] = [wideMm / MM_PER_PX, highMm / MM_PER_PX];
    const zoom = zoomOf(denominator, lat);
    const scale = 2 ** zoom;
    const left = codec.mercatorX(lon) * scale - width / 2;
    const top = codec.mercatorY(lat) * scale - height / 2;
    return {
      ctx, ratio: RATIO, zoom, scale, left, top, width, height,
      box: [left / scale, top / scale, (left + width) / scale, (top + height) / scale],
    };
  }

  /* Draws what the page shows onto a canvas for paper; the page itself stays as it is. */
  function draw(page, view) {
    const canvas = el("canvas.sheet-map", { role: "img", "aria-label": panel.plain("sheet.map") });
    const frame = frameOf(canvas.getContext("2d"), view);
    canvas.width = Math.round(frame.width * RATIO);
    canvas.height = Math.round(frame.height * RATIO);
    canvas.style.width = `${view.wideMm}mm`;
    canvas.style.height = `${view.highMm}mm`;
    frame.ctx.setTransform(RATIO, 0, 0, RATIO, 0, 0);
    const kept = { targets: page.targets, tiles: page.tiles, patterns: page.state.patterns };
    page.tiles = false; // tiles are drawn by Leaflet beneath the canvas and are not on paper
    page.state.patterns = true;
    try {
      paint.all(frame, page);
    } finally {
      page.state.patterns = kept.patterns;
      Object.assign(page, { targets: kept.targets, tiles: kept.tiles });
    }
    return canvas;
  }

  /* A round length of at most BAR_MM on paper: 1, 2 or 5 times a power of ten. */
  function barLength(denominator) {
    const most = (BAR_MM * denominator) / 1000;
    const power = 10 ** Math.floor(Math.log10(most));
    return [5, 2, 1].map((one) => one * power).find((length) => length <= most);
  }

  function lengthText(metres) {
    return metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  }

  function bar(denominator) {
    const metres = barLength(denominator);
    const wideMm = (metres * 1000) / denominator;
    const parts = [0, 1, 2, 3].map((place) => {
      const part = el(`span.bar-part${place % 2 ? "" : ".dark"}`);
      part.style.width = `${wideMm / 4}mm`;
      return part;
    });
    const ruler = el("div.sheet-ruler", { "data-metres": metres }, parts);
    ruler.style.width = `${wideMm}mm`;
    const marks = el("div.sheet-marks", {}, el("span", {}, "0"), el("span", {}, lengthText(metres / 2)), el("span", {}, lengthText(metres)));
    marks.style.width = `${wideMm}mm`;
    return el("div.sheet-bar", {}, ruler, marks);
  }

  /* The map is in Mercator's projection: north is up everywhere on it. */
  function north() {
    const canvas = el("canvas.sheet-north", { role: "img", "aria-label": panel.plain("sheet.north") });
    canvas.width = canvas.height = 96;
    const ctx = canvas.getContext("2d");
    ctx.scale(4, 4);
    ctx.beginPath();
    ctx.moveTo(12, 1);
    ctx.lineTo(18, 23);
    ctx.lineTo(12, 18);
    ctx.lineTo(6, 23);
    ctx.closePath();
    ctx.lineWidth = 1.2;
    ctx.strokeStyle = "#1D1B20";
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(12, 1);
    ctx.lineTo(18, 23);
    ctx.lineTo(12, 18);
    ctx.closePath();
    ctx.fillStyle = "#1D1B20";
    ctx.fill();
    return el("div.sheet-compass", {}, canvas, el("span", {}, "N"));
  }

  return { MM_PER_PX, SCALES, bar, barLength, draw, fitting, metresPerPixel, north, zoomOf };
})();
