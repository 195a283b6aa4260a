/* What is known of a spot: its face, its cell, the facilities near it. */
Landuse.facts = (() => {
  "use strict";

  const { codec } = Landuse;
  const ROWS_PER_DEGREE = 1200; // the JIS 1/10 mesh, as in grid.py
  const COLS_PER_DEGREE = 800;
  const WESTERNMOST = 100;

  async function readFaces(data) {
    const [shape, kind, area] = await Promise.all([
      codec.topology(data.shape),
      codec.ints(data.kind),
      codec.ints(data.area_m2, Float64Array),
    ]);
    return { ...shape, kind, area, kinds: data.kinds };
  }

  async function readCells(data) {
    if (!data) return null;
    const flat = await codec.runningSum(data.index);
    const at = new Int32Array(data.n_rows * data.n_cols).fill(-1);
    flat.forEach((place, i) => { at[place] = i; });
    const below = flat.map((place) => (place >= data.n_cols ? at[place - data.n_cols] : -1));
    const [town, district, people, elderly] = await Promise.all(
      [data.town, data.district, data.people, data.elderly].map((text) => codec.column(text, below)),
    );
    return { ...data, flat, at, below, town, district, people, elderly, read: new Map() };
  }

  /* Unpacks a column when it is first asked for. */
  function unpacked(cells, text, Type) {
    if (!text) return Promise.resolve(null);
    if (!cells.read.has(text)) {
      cells.read.set(text, codec.column(text, cells.below).then((all) => Type.from(all)));
    }
    return cells.read.get(text);
  }

  /* Minutes of a service (its key) as codes: up to `last_minute`, above it reasons, 255 for
     unknown. Null where not computed. Without a mode: the mode it is judged by. */
  function timesOf(cells, service, mode = cells.own[service], season = "usual") {
    const seasons = (cells.times[service] || {})[mode] || {};
    return unpacked(cells, seasons[season], Uint8Array);
  }

  /* Places of the nearest facilities in the list, counted from 1; 0 where none is known. */
  function nearestOf(cells, service) {
    return unpacked(cells, cells.nearest[service], Int32Array);
  }

  function cellAt(cells, lon, lat) {
    if (!cells) return -1;
    const row = Math.floor(lat * ROWS_PER_DEGREE + 1e-9) - cells.row;
    const col = Math.floor((lon - WESTERNMOST) * COLS_PER_DEGREE + 1e-9) - cells.col;
    if (row < 0 || col < 0 || row >= cells.n_rows || col >= cells.n_cols) return -1;
    return cells.at[row * cells.n_cols + col];
  }

  /* South-west corner and size of a cell in degrees. */
  function cellBox(cells, cell) {
    const row = Math.floor(cells.flat[cell] / cells.n_cols) + cells.row;
    const col = (cells.flat[cell] % cells.n_cols) + cells.col;
    const west = col / COLS_PER_DEGREE + WESTERNMOST;
    return [west, row / ROWS_PER_DEGREE, west + 1 / COLS_PER_DEGREE, (row + 1) / ROWS_PER_DEGREE];
  }

  function cellCode(cells, cell) {
    const y = Math.floor(cells.flat[cell] / cells.n_cols) + cells.row;
    const x = (cells.flat[cell] % cells.n_cols) + cells.col;
    const pair = (step, base) => `${Math.floor(y / step) % base}${Math.floor(x / step) % base}`;
    const first = `${Math.floor(y / 800)}${String(Math.floor(x / 800)).padStart(2, "0")}`;
    return first + pair(100, 8) + pair(10, 10) + pair(1, 10);
  }

  function cellOfCode(cells, code) {
    if (!cells || !/^\d{10}$/.test(code)) return -1;
    const digit = (place) => Number(code[place]);
    const y = Number(code.slice(0, 2)) * 800 + digit(4) * 100 + digit(6) * 10 + digit(8) - cells.row;
    const x = Number(code.slice(2, 4)) * 800 + digit(5) * 100 + digit(7) * 10 + digit(9) - cells.col;
    if (y < 0 || x < 0 || y >= cells.n_rows || x >= cells.n_cols) return -1;
    return cells.at[y * cells.n_cols + x];
  }

  function faceAt(faces, lon, lat) {
    const x = codec.mercatorX(lon);
    const y = codec.mercatorY(lat);
    return faces.features.findIndex((_, i) => codec.holds(faces, i, x, y));
  }

  function isInside(shape, lon, lat) {
    const x = codec.mercatorX(lon);
    const y = codec.mercatorY(lat);
    return shape.features.some((_, i) => codec.holds(shape, i, x, y));
  }

  return {
    cellAt, cellBox, cellCode, cellOfCode, faceAt, isInside, nearestOf, readCells, readFaces, timesOf,
  };
})();
