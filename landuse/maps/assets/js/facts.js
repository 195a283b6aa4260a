/* What is known of a spot: its face, its cell, the facilities near it. */
Landuse.facts = (() => {
  "use strict";

  const { codec, columns } = Landuse;
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
    const near = columns.neighbours(flat, at, data.n_cols, data.n_rows);
    const cells = { ...data, flat, at, near, read: new Map() };
    const names = ["town", "district", "people", "elderly"];
    const found = await Promise.all(names.map((name) => columnOf(cells, data[name])));
    names.forEach((name, i) => { cells[name] = Int32Array.from((found[i] || new Int32Array(flat.length)).subarray(0, flat.length)); });
    // One more than the tenths of a person, so that 0 is unknown.
    for (const name of ["people", "elderly"]) cells[name] = cells[name].map((tenths) => tenths - 1);
    return cells;
  }

  /* Lets the browser draw and listen between two columns. A message: timers would wait longer. */
  function pause() {
    return new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { port1.close(); done(); };
      port2.postMessage(null);
    });
  }

  function idle() {
    return new Promise((done) => {
      if (window.requestIdleCallback) window.requestIdleCallback(done, { timeout: 2000 }); else setTimeout(done, 50);
    });
  }

  /* A column by its number (from 1) with a last 0, unpacked when it is first asked for, after
     those that it is told by. Null where it is damaged; the page then says so. */
  function columnOf(cells, number) {
    if (!cells.read.has(number)) cells.read.set(number, unpacked(cells, cells.columns[number - 1]));
    return cells.read.get(number);
  }

  async function unpacked(cells, { text, like, usual }) {
    const known = await Promise.all([...like, ...(usual ? [usual] : [])].map((one) => columnOf(cells, one)));
    await pause();
    try {
      if (known.includes(null)) throw new Error("damaged column");
      return columns.read(text, cells.near, known.slice(0, like.length), usual ? known[like.length] : null);
    } catch {
      LanduseUnpack.sayDamaged();
      return null;
    }
  }

  async function valuesOf(cells, number) {
    const all = number ? await columnOf(cells, number) : null;
    return all && all.subarray(0, cells.flat.length);
  }

  /* Minutes of a service (its key) as codes: up to `last_minute`, above it reasons, 255 for
     unknown. Null where not computed. Without a mode: the mode it is judged by. */
  function timesOf(cells, service, mode = cells.own[service], season = "usual") {
    return valuesOf(cells, ((cells.times[service] || {})[mode] || {})[season]);
  }

  /* Places of the nearest facilities in the list, counted from 1; 0 where none is known. */
  function nearestOf(cells, service) {
    return valuesOf(cells, cells.nearest[service]);
  }

  /* Unpacks what a click will ask for while nobody asks: first the times that count. */
  async function readAhead(cells) {
    const each = Object.entries(cells.times);
    const first = each.flatMap(([service, modes]) => [(modes[cells.own[service]] || {}).usual, cells.nearest[service]]);
    const all = each.flatMap(([, modes]) => Object.values(modes)).flatMap((seasons) => Object.values(seasons));
    for (const number of new Set([...first, ...all].filter(Boolean))) {
      await idle();
      await columnOf(cells, number);
    }
  }

  Landuse.parts.push((page) => { if (page.cells) readAhead(page.cells); });

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
    cellAt, cellBox, cellCode, faceAt, isInside, nearestOf, readCells, readFaces, timesOf,
  };
})();
