/* Draws the map: one canvas, from the ground up to the lettering. */
Landuse.view = (() => {
  "use strict";

  const { codec } = Landuse;
  const FONT = '"Noto Sans JP", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic UI", "Meiryo", sans-serif';

  /* A canvas that Leaflet moves and scales, drawn anew whenever the view has changed. */
  const Canvas = L.Renderer.extend({
    options: { padding: 0.2 },
    setPainter(paint) { this._paint = paint; return this; },
    redraw() { if (this._map) this._update(); },
    getEvents() {
      return { ...L.Renderer.prototype.getEvents.call(this), move: this._onMove, moveend: this._onMoveEnd };
    },
    _initContainer() {
      this._container = L.DomUtil.create("canvas", "lu-canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._context = this._container.getContext("2d");
    },
    _destroyContainer() { this._container.remove(); delete this._container; },
    _updatePaths() {},
    _onMove() {
      // A long drag: draw again before the edge of the canvas comes into sight.
      if (!this._map._animatingZoom && this._bounds && !this._covers()) this._update();
    },
    _onMoveEnd() {
      // What is drawn reaches past the window, so a short step needs no drawing.
      if (this._map.getZoom() !== this._drawnZoom || !this._covers()) this._update();
    },
    _covers() {
      const corner = this._map.containerPointToLayerPoint([0, 0]);
      return Boolean(this._bounds) && this._bounds.contains(L.bounds(corner, corner.add(this._map.getSize())));
    },
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds;
      const size = this._bounds.getSize();
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      const canvas = this._container;
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      L.DomUtil.setPosition(canvas, min);
      const zoom = this._drawnZoom = this._map.getZoom();
      const scale = 2 ** zoom;
      const origin = this._map.getPixelOrigin().add(min);
      this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._paint({
        ctx: this._context, ratio, zoom, scale,
        left: origin.x, top: origin.y, width: size.x, height: size.y,
        box: [origin.x / scale, origin.y / scale, (origin.x + size.x) / scale, (origin.y + size.y) / scale],
      });
    },
  });

  /* Points of a path; what a browser takes to fill one grows with the square of its length. */
  const LONG_PATH = 300;

  const screenX = (frame, x) => x * frame.scale - frame.left;
  const screenY = (frame, y) => y * frame.scale - frame.top;

  function meets(a, b) {
    return a[0] <= b[2] && a[2] >= b[0] && a[1] <= b[3] && a[3] >= b[1];
  }

  /* Adds an arc to the path; `joined` leaves out its first point. */
  function traceArc(frame, arc, backwards, joined) {
    const { ctx } = frame;
    const count = arc.length / 2;
    for (let k = joined ? 1 : 0; k < count; k += 1) {
      const i = 2 * (backwards ? count - 1 - k : k);
      const x = screenX(frame, arc[i]);
      const y = screenY(frame, arc[i + 1]);
      if (k) ctx.lineTo(x, y); else ctx.moveTo(x, y);
    }
  }

  /* Adds features to the path; calls `full`, where given, whenever the path has got long. */
  function trace(frame, shape, wanted, closed = true, full = null) {
    const arcs = codec.arcsAt(shape, frame.zoom);
    let points = 0;
    frame.ctx.beginPath();
    shape.features.forEach((rings, feature) => {
      if (!wanted(feature) || !meets(shape.boxes[feature], frame.box)) return;
      for (const ring of rings) {
        ring.forEach((reference, place) => {
          const arc = arcs[reference < 0 ? ~reference : reference];
          traceArc(frame, arc, reference < 0, place > 0);
          points += arc.length / 2;
        });
        if (closed) frame.ctx.closePath();
      }
      if (full && points > LONG_PATH) {
        full();
        frame.ctx.beginPath();
        points = 0;
      }
    });
  }

  const all = () => true;

  /* Under "evenodd" features must not overlap: they are filled a few at a time. */
  function fill(frame, shape, style, wanted = all, rule = "evenodd") {
    const { ctx } = frame;
    ctx.fillStyle = style;
    trace(frame, shape, wanted, true, rule === "evenodd" ? () => ctx.fill(rule) : null);
    ctx.fill(rule);
  }

  function stroke(frame, shape, style, width, { dash = [], wanted = all, closed = true } = {}) {
    const { ctx } = frame;
    trace(frame, shape, wanted, closed);
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.setLineDash(dash);
    ctx.lineJoin = "round";
    ctx.lineCap = dash.length ? "butt" : "round";
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /* Numbers of the arcs with different groups on their two sides. */
  function bordersOf(shape, groupOf) {
    const left = new Map();
    const border = new Set();
    shape.features.forEach((rings, feature) => {
      const group = groupOf(feature);
      for (const ring of rings) {
        for (const reference of ring) {
          const arc = reference < 0 ? ~reference : reference;
          if (!left.has(arc)) { left.set(arc, group); border.add(arc); }
          else if (left.get(arc) === group) border.delete(arc);
        }
      }
    });
    return [...border];
  }

  /* Numbers of the arcs with the same group on both sides, by group. */
  function seamsOf(shape, groupOf) {
    const border = new Set(bordersOf(shape, groupOf));
    const seams = new Map();
    const seen = new Set();
    shape.features.forEach((rings, feature) => {
      for (const reference of rings.flat()) {
        const arc = reference < 0 ? ~reference : reference;
        if (border.has(arc) || seen.has(arc)) continue;
        seen.add(arc);
        const group = groupOf(feature);
        if (!seams.has(group)) seams.set(group, []);
        seams.get(group).push(arc);
      }
    });
    return seams;
  }

  function strokeArcs(frame, shape, numbers, style, width) {
    const { ctx } = frame;
    const arcs = codec.arcsAt(shape, frame.zoom);
    shape.arcBoxes ||= shape.arcs.map(codec.arcBox);
    ctx.beginPath();
    for (const arc of numbers) if (meets(shape.arcBoxes[arc], frame.box)) traceArc(frame, arcs[arc], false, false);
    ctx.strokeStyle = style;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    ctx.stroke();
  }

  function canvasOf(width, height) {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    return canvas;
  }

  function hatch(frame, colour, { step = 6, width = 1.2, back = "", halo = 0, rising = true } = {}) {
    const side = step * frame.ratio;
    const tile = canvasOf(Math.round(side), Math.round(side));
    const ctx = tile.getContext("2d");
    if (back) { ctx.fillStyle = back; ctx.fillRect(0, 0, side, side); }
    ctx.beginPath();
    for (const shift of [-side, 0, side]) {
      ctx.moveTo(shift, rising ? side : 0);
      ctx.lineTo(shift + side, rising ? 0 : side);
    }
    // A white edge keeps the lines legible on any colour beneath.
    for (const [style, more] of [["rgba(255,255,255,0.75)", halo], [colour, 0]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = (width + more) * frame.ratio;
      if (more || style === colour) ctx.stroke();
    }
    const pattern = frame.ctx.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / frame.ratio));
    return pattern;
  }

  function hexToRgb(colour) {
    return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  }

  /* A surface: one pixel a cell. `classOf(cell)` is a colour, "hatch", or "" for nothing. */
  function surfaceImage(cells, classOf, isPale) {
    const image = canvasOf(cells.n_cols, cells.n_rows);
    const gaps = canvasOf(cells.n_cols, cells.n_rows);
    const colours = new ImageData(cells.n_cols, cells.n_rows);
    const holes = new ImageData(cells.n_cols, cells.n_rows);
    const known = new Map();
    cells.flat.forEach((place, cell) => {
      const row = cells.n_rows - 1 - Math.floor(place / cells.n_cols);
      const pixel = 4 * (row * cells.n_cols + (place % cells.n_cols));
      const style = classOf(cell);
      if (style === "hatch") {
        holes.data[pixel + 3] = 255;
      } else if (style) {
        if (!known.has(style)) known.set(style, hexToRgb(style));
        colours.data.set(known.get(style), pixel);
        colours.data[pixel + 3] = isPale(cell) ? 90 : 255;
      }
    });
    image.getContext("2d").putImageData(colours, 0, 0);
    gaps.getContext("2d").putImageData(holes, 0, 0);
    return { image, gaps };
  }

  /* Mercator stretches rows unevenly, so the picture goes on in strips of a few rows. */
  const STRIP = 8;

  function drawCells(frame, ctx, picture, cells) {
    const lonOf = (col) => (col + cells.col) / 800 + 100;
    const west = screenX(frame, codec.mercatorX(lonOf(0)));
    const east = screenX(frame, codec.mercatorX(lonOf(cells.n_cols)));
    const snap = (value) => Math.round(value * frame.ratio) / frame.ratio;
    const edge = (row) => snap(screenY(frame, codec.mercatorY((row + cells.row) / 1200)));
    ctx.imageSmoothingEnabled = false;
    for (let row = 0; row < cells.n_rows; row += STRIP) {
      const rows = Math.min(STRIP, cells.n_rows - row);
      const bottom = edge(row);
      const top = edge(row + rows);
      if (bottom >= 0 && top <= frame.height) {
        const from = cells.n_rows - row - rows;
        ctx.drawImage(picture, 0, from, cells.n_cols, rows, west, top, east - west, bottom - top);
      }
    }
  }

  function paintSurface(frame, surface, cells, colour, strength) {
    const { ctx } = frame;
    ctx.globalAlpha = strength;
    drawCells(frame, ctx, surface.image, cells);
    const veil = canvasOf(ctx.canvas.width, ctx.canvas.height);
    const over = veil.getContext("2d");
    over.setTransform(frame.ratio, 0, 0, frame.ratio, 0, 0);
    drawCells(frame, over, surface.gaps, cells);
    over.globalCompositeOperation = "source-in";
    over.fillStyle = hatch(frame, colour, { back: "#ECECEC" });
    over.fillRect(0, 0, frame.width, frame.height);
    ctx.drawImage(veil, 0, 0, frame.width, frame.height);
    ctx.globalAlpha = 1;
  }

  /* Lettering that keeps clear of what is already written. */
  function lettering(frame) {
    const taken = [];
    const { ctx } = frame;
    const free = (box) => !taken.some((other) => meets(box, other));
    const fontOf = (line) => `${line.style || ""} ${line.weight || 400} ${line.size}px ${FONT}`;
    const sizeOf = (lines) => {
      const widths = lines.map((line) => { ctx.font = fontOf(line); return ctx.measureText(line.text).width; });
      return [Math.max(...widths), lines.reduce((sum, line) => sum + line.size * 1.2, 0)];
    };
    const put = (lines, x, top) => {
      let middle = top;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      ctx.lineJoin = "round";
      ctx.lineWidth = 3.2;
      ctx.strokeStyle = "rgba(255,255,255,0.92)";
      for (const line of lines) {
        middle += line.size * 0.6;
        ctx.font = fontOf(line);
        ctx.strokeText(line.text, x, middle);
        ctx.fillStyle = line.colour;
        ctx.fillText(line.text, x, middle);
        middle += line.size * 0.6;
      }
    };
    return {
      reserve(box) { taken.push(box); },
      /* Writes at the first of some shifts from (x, y) that is free; tells whether it did. */
      write(label, x, y, shifts = [[0, 0]]) {
        const lines = label.lines.filter((line) => line.text);
        if (!lines.length) return false;
        const [width, height] = sizeOf(lines);
        for (const [dx, dy] of shifts) {
          const box = [x + dx - width / 2 - 2, y + dy - height / 2, x + dx + width / 2 + 2, y + dy + height / 2];
          if (box[2] > 0 && box[0] < frame.width && free(box)) {
            taken.push(box);
            put(lines, x + dx, y + dy - height / 2);
            return true;
          }
        }
        return false;
      },
    };
  }

  /* A facility: hubs are dark squares, watch-over services light rounds; the sign says which. */
  function badge(frame, x, y, { sign, hub, small, chosen }) {
    const { ctx } = frame;
    const r = small ? 4 : 9.5;
    ctx.beginPath();
    if (hub) ctx.roundRect(x - r, y - r, 2 * r, 2 * r, small ? 1.5 : 4);
    else ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.lineWidth = small ? 2.4 : 4;
    ctx.strokeStyle = chosen ? "#FFD400" : "#FFFFFF";
    ctx.stroke();
    ctx.fillStyle = hub ? "#17264A" : "#FFFFFF";
    ctx.fill();
    ctx.lineWidth = small ? 1.4 : 1.6;
    ctx.strokeStyle = "#17264A";
    ctx.stroke();
    if (small) return;
    ctx.font = `700 12px ${FONT}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = hub ? "#FFFFFF" : "#17264A";
    ctx.fillText(sign, x, y + 0.5);
  }

  function pin(frame, x, y) {
    const { ctx } = frame;
    ctx.beginPath();
    ctx.arc(x, y - 20, 9, Math.PI * 0.85, Math.PI * 0.15);
    ctx.lineTo(x, y);
    ctx.closePath();
    ctx.fillStyle = "#C81E1E";
    ctx.strokeStyle = "#FFFFFF";
    ctx.lineWidth = 2;
    ctx.fill();
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y - 20, 3.4, 0, 2 * Math.PI);
    ctx.fillStyle = "#FFFFFF";
    ctx.fill();
  }

  return {
    Canvas, badge, bordersOf, fill, hatch, lettering, meets, paintSurface, pin, screenX, screenY, seamsOf, stroke,
    strokeArcs, surfaceImage,
  };
})();
