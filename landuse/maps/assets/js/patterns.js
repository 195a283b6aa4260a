/* A pattern for each zone, so that a map tells them apart without its colours. */
Landuse.patterns = (() => {
  "use strict";

  const SIDE = 12; // pixels of one tile

  /* What each pattern draws on a tile of SIDE by SIDE; the edges meet those of the next tile. */
  const MARKS = {
    cross: (ctx) => { line(ctx, 0, 3, SIDE, 3); line(ctx, 0, 9, SIDE, 9); line(ctx, 3, 0, 3, SIDE); line(ctx, 9, 0, 9, SIDE); },
    rising: (ctx) => { for (const x of [-SIDE, 0, SIDE]) line(ctx, x - 2, SIDE + 2, x + SIDE + 2, -2); },
    dots: (ctx) => { for (const [x, y] of [[3, 3], [9, 9]]) dot(ctx, x, y, 1.5); },
    trees: (ctx) => { for (const [x, y] of [[3.5, 5], [9.5, 11]]) { line(ctx, x - 2.6, y, x, y - 4); line(ctx, x, y - 4, x + 2.6, y); } },
    level: (ctx) => { line(ctx, 0, 3, SIDE, 3); line(ctx, 0, 9, SIDE, 9); },
    upright: (ctx) => { line(ctx, 3, 0, 3, SIDE); line(ctx, 9, 0, 9, SIDE); },
    falling: (ctx) => { for (const x of [-SIDE, 0, SIDE]) line(ctx, x - 2, -2, x + SIDE + 2, SIDE + 2); },
  };

  function line(ctx, x0, y0, x1, y1) { ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); }

  function dot(ctx, x, y, radius) { ctx.moveTo(x + radius, y); ctx.arc(x, y, radius, 0, 2 * Math.PI); }

  function tile(name, ink, ratio) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.round(SIDE * ratio);
    const ctx = canvas.getContext("2d");
    ctx.scale(canvas.width / SIDE, canvas.width / SIDE);
    ctx.beginPath();
    MARKS[name](ctx);
    ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.lineWidth = 1.1;
    if (name === "dots") ctx.fill(); else ctx.stroke();
    return canvas;
  }

  /* A fill for the canvas of a frame; it keeps its place on the land while the map moves. */
  function fillOf(frame, zone) {
    const pattern = frame.ctx.createPattern(tile(zone.pattern, zone.ink, frame.ratio), "repeat");
    const size = Math.round(SIDE * frame.ratio) / frame.ratio;
    pattern.setTransform(new DOMMatrix().translate(-frame.left % size, -frame.top % size).scale(1 / frame.ratio));
    return pattern;
  }

  /* Puts the patterns on or off: on the map, in its keys, in print always. */
  function start(page) {
    page.setPatterns = (on) => {
      const changed = Boolean(page.state.patterns) !== on;
      page.state.patterns = on;
      document.body.classList.toggle("lu-patterns", on);
      if (page.patternsBox) page.patternsBox.checked = on;
      if (changed) page.redraw();
    };
    let before = false;
    window.addEventListener("beforeprint", () => { before = page.state.patterns; page.setPatterns(true); });
    window.addEventListener("afterprint", () => page.setPatterns(before));
    page.setPatterns(window.matchMedia("(forced-colors: active), (monochrome)").matches);
  }

  Landuse.parts.push(start);

  return { MARKS, fillOf, tile };
})();
